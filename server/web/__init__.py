"""HTTP: routes as lists, handlers that only ask and answer."""

"""What the visitor sees and touches. It draws a `State` and posts events; it decides nothing.

`kiosk.ui.boot` is the door: it prepares Kivy, which reads its settings when it is imported, and opens the app.
"""

"""What is wrong between this machine and its server, in words for whoever looks after it, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """``what`` is wrong, as the end of a sentence; ``to_do`` are whole sentences."""

    what: str
    to_do: str


NO_TURNS = frozenset({"no_series", "too_many_lives"})
"""With these the machine gives out no turns; with the others it does."""


_AGAIN = "pida un código en el servidor («Equipos», «Inscribir y anular») y dé aquí «kiosk setup --server DIRECCIÓN»."

TROUBLES = {
    "unknown_kiosk": Trouble("el servidor no conoce este equipo: inscríbalo otra vez", f"Para inscribirlo, {_AGAIN}"),
    "revoked": Trouble(
        "el servidor anuló este equipo: inscríbalo otra vez",
        f"Pregunte a quien administra el servidor por qué lo anuló. Si debe seguir, {_AGAIN}",
    ),
    "foreign_child": Trouble(
        "el servidor lo inscribió con otro nombre: inscríbalo otra vez", f"Para inscribirlo, {_AGAIN}"
    ),
    "foreign_stream": Trouble(
        "el servidor no admite lo que este equipo guarda de otro nombre",
        "Lleve lo guardado en una memoria USB («kiosk export») y avise a quien administra el servidor.",
    ),
    "foreign_office": Trouble(
        "el servidor no admite lo que este equipo guarda de otra oficina",
        "Lleve lo guardado en una memoria USB («kiosk export») y avise a quien administra el servidor.",
    ),
    "replayed": Trouble(
        "el servidor oye a otro equipo con la misma clave que este",
        f"Si el disco se copió a otro equipo, apague uno de los dos; al que se queda, inscríbalo otra vez: {_AGAIN}",
    ),
    "not_signed": Trouble(
        "contesta alguien que no es el servidor de la inscripción",
        "Revise la red: un portal de Wi-Fi o un proxy puede contestar en su lugar. Si el servidor cambió de clave, "
        f"inscriba otra vez este equipo: {_AGAIN}",
    ),
    "clock_suspect": Trouble(
        "su hora y la del servidor difieren en más de un día y medio",
        "Ponga bien la fecha y la hora del que esté mal («timedatectl»); los turnos toman entretanto la hora de aquí.",
    ),
    "no_series": Trouble(
        "la oficina ya no tiene series libres, y este equipo necesita una nueva: no da turnos",
        "Avise a quien administra el servidor.",
    ),
    "too_many_lives": Trouble(
        "pidió demasiadas series nuevas y el servidor no le da más: no da turnos",
        "Algo repone su disco a una copia antigua una y otra vez: revíselo. Cuando esté bien, "
        f"inscríbalo otra vez: {_AGAIN}",
    ),
}
"""By the words of `exchange.wire.TROUBLES`."""


def trouble(code: str) -> Trouble | None:
    """What a code means; None for none, and for one of a later version."""
    return TROUBLES.get(code)

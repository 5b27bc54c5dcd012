"""From a machine with some ports to one port with a printer, together with whoever is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.printer import commands
from drivers.printer.doctor.address import KIOSK_PORT, RULES, info_of, other_names, stable_address, udev_rule
from drivers.printer.doctor.discover import Candidate, Heard, candidates, is_serial, listen_at
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import SPEEDS, Port
from drivers.printer.spoken import ABSENT, REASONS, SILENT, USAGE
from drivers.printer.words import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.printer.doctor.technician import Technician

WIRES: Final = (
    "Si imprime (botón FEED, autoprueba) pero no responde: falta el hilo de vuelta (TXD de la impresora con RXD del "
    "equipo: cable completo, no solo de ida), la velocidad es otra, o los interruptores (DIP) la dejan sorda. Así no "
    "sirve para dar tickets: nunca se sabría si salieron."
)

_ONE_WAY: Final = ("cups:", "file:")


def find(ports: Sequence[str], baud: int | None, technician: Technician, *, yes: bool) -> Heard | int:
    """The printer, or an exit code after saying why there is none. At most 5 s a port, without the answers."""
    speeds = SPEEDS if baud is None else (baud,)
    asked = [Candidate(port) for port in ports] or candidates()
    if not asked:
        technician.tell("No hay ningún puerto en este equipo: conecte el cable USB o serie de la impresora.")
        return ABSENT
    if not ports and asked[0].port == str(KIOSK_PORT):  # named for it: no need to disturb what is at the others
        heard = _listen(asked[0], speeds, technician)
        if heard.baud:
            return heard
        asked = asked[1:] or asked
    if len(asked) > 1 and not yes and not _may_disturb(asked, technician):
        return USAGE
    heard_all = [_listen(candidate, speeds, technician) for candidate in asked]
    printers = [heard for heard in heard_all if heard.baud]
    if len(printers) > 1:
        return _chosen(printers, technician)
    return printers[0] if printers else _nobody(heard_all, speeds, technician)


def tell_names(port: str, technician: Technician) -> str:
    """Says under which names the port is found again, and returns the one for the configuration."""
    info = info_of(port)
    stable = stable_address(port, info)
    if info is None:
        return stable
    names = other_names(port)
    technician.tell(f"Dirección estable: {stable}" + "".join(f", {name}" for name in names))
    rule = udev_rule(info, names)
    if rule and stable != str(KIOSK_PORT):
        technician.tell(f"Para llamarla {KIOSK_PORT}, ponga esta línea en {RULES}")
        technician.tell(f"  {rule}")
        technician.tell("  y ejecute: sudo udevadm control --reload && sudo udevadm trigger")
    return stable


def _listen(candidate: Candidate, speeds: Sequence[int], technician: Technician) -> Heard:
    heard = listen_at(candidate, speeds)
    if heard.obstacle:
        technician.tell(f"Puerto {candidate}: no se puede abrir: {heard.obstacle}.")
    elif heard.baud:
        pace = f" a {heard.baud} baudios" if is_serial(candidate.port) else ""
        technician.tell(f"Puerto {candidate}: responde una impresora{pace}.")
    elif candidate.port.startswith(_ONE_WAY):
        technician.tell(f"Puerto {candidate}: por ahí no vuelve ninguna respuesta; no sirve para dar tickets.")
    else:
        pace = f" ({', '.join(map(str, speeds))} baudios)" if is_serial(candidate.port) else ""
        technician.tell(f"Puerto {candidate}: no responde ninguna impresora{pace}.")
    return heard


def _may_disturb(asked: Sequence[Candidate], technician: Technician) -> bool:
    technician.tell("Puertos de este equipo:")
    for candidate in asked:
        technician.tell(f"  {candidate}")
    technician.tell(
        "Para encontrar la impresora se escribe en cada uno; otro aparato (un lector) también lo recibiría."
    )
    if not technician.answers:
        technician.tell("Indique uno con --port, o --yes para probarlos todos.")
        return False
    return technician.agrees("¿Probarlos todos?")


def _chosen(printers: Sequence[Heard], technician: Technician) -> Heard | int:
    if not technician.answers:
        technician.tell("Hay más de una impresora: indique cuál con --port.")
        return USAGE
    return printers[technician.chooses("¿Cuál es la del kiosco?", [str(heard.candidate) for heard in printers])]


def _nobody(heard_all: Sequence[Heard], speeds: Sequence[int], technician: Technician) -> int:
    silent = [heard.candidate for heard in heard_all if not heard.obstacle]
    if not silent:
        return ABSENT
    technician.tell(f"La impresora {REASONS[Reason.SILENT]}.")
    technician.tell(WIRES)
    if len(silent) == 1 and is_serial(silent[0].port) and technician.answers:
        _print_blindly(silent[0], speeds, technician)
    return SILENT


def _print_blindly(candidate: Candidate, speeds: Sequence[int], technician: Technician) -> None:
    """Tells a wire that is missing from a printer that is not there: what comes out says which speed was right."""
    if not technician.agrees("¿Enviar una línea a cada velocidad, para ver si imprime aunque no responda?"):
        return
    doorbell = Doorbell()
    try:
        for baud in speeds:
            link = Port(candidate.port, baud).open(doorbell)
            text = commands.RESET + f"VELOCIDAD {baud}\n".encode("ascii") + commands.feed(commands.DOTS_A_FEED)
            try:
                link.send(text)
                doorbell.wait(2 * len(text) / link.bytes_per_s)  # closing drops what is still to be sent
            finally:
                link.close()
    except PortLost as error:
        technician.tell(f"Puerto {candidate}: se perdió ({error}).")
        return
    finally:
        doorbell.close()
    read = [*(f"VELOCIDAD {baud}" for baud in speeds), "nada que se lea"]
    choice = technician.chooses("¿Qué línea se lee en el papel?", read)
    if choice < len(speeds):
        technician.tell(
            f"Imprime a {speeds[choice]} baudios y no responde: el hilo de vuelta no llega. Cambie el cable."
        )
    else:
        technician.tell("No imprime: revise que esté encendida, con papel, y que el cable sea el de este puerto.")

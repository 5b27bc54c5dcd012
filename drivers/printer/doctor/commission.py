"""The commissioning from its first question to the configuration: what is said, asked, and done, in this order."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from drivers.printer import commands
from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import PATIENCE, Dialogue
from drivers.printer.doctor import settings
from drivers.printer.doctor.find import find, tell_names
from drivers.printer.doctor.findings import (
    NARROW_DOTS,
    SWITCHES,
    WIDE_DOTS,
    Findings,
    doubts,
    may_hold_logo,
    profile_from,
)
from drivers.printer.doctor.logo import WARNING, LogoError, install, prepare
from drivers.printer.doctor.probe import ask_all, prove
from drivers.printer.doctor.sheet import CAPITALS, SMALLS, logo_sheet, trial_sheet
from drivers.printer.doctor.technician import Gone
from drivers.printer.doctor.watch import STEP_S, watch
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import Port
from drivers.printer.profile import EPSON_80
from drivers.printer.spoken import ABSENT, CANNOT_PRINT, OK, REASONS, RESULTS, SILENT, USAGE
from drivers.printer.words import Outcome, Reason, Result, Tier

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.printer.doctor.discover import Heard
    from drivers.printer.doctor.probe import Answers
    from drivers.printer.doctor.technician import Technician
    from drivers.printer.encode import Encoded
    from drivers.printer.link import Link
    from drivers.printer.raster import Raster

TIERS: Final = {
    Tier.PROCESS_ID: "confirma cada ticket por su número, después de la cuchilla",
    Tier.SENSOR: "confirma que terminó, después de la cuchilla",
    Tier.STATUS: "solo dice cómo está: un ticket será, como mucho, «probablemente impreso»",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the technician asked for. ``only_watches`` looks at the sensors and does nothing else."""

    ports: tuple[str, ...]
    config: Path
    baud: int | None = None
    yes: bool = False
    prints: bool = False
    only_watches: bool = False
    logo: Path | None = None
    writes: bool = False
    step_s: float = STEP_S


class _Ended(Exception):  # noqa: N818 - the end of the conversation, for a reason that was told
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def commission(wish: Wish, technician: Technician) -> int:
    """All of it; returns an exit code. Without somebody to answer, a few seconds."""
    picture = None
    try:
        if wish.logo:
            picture, preview = prepare(wish.logo)
            technician.tell(f"Logotipo como saldrá, para revisarlo: {preview}")
        heard = find(wish.ports, wish.baud, technician, yes=wish.yes)
        return heard if isinstance(heard, int) else _at_port(heard, wish, picture, technician)
    except LogoError as error:
        technician.tell(str(error))
        return USAGE
    except Gone:
        technician.tell("Nadie contesta a las preguntas. Para no hacerlas: --no-questions.")
        return USAGE


def _at_port(heard: Heard, wish: Wish, picture: Raster | None, technician: Technician) -> int:
    assert heard.baud
    port, doorbell = heard.candidate.port, Doorbell()
    stable = tell_names(port, technician)
    try:
        link = Port(port, heard.baud).open(doorbell)
        try:
            visit = _Visit(link, technician)
            findings = visit.run(wish, picture, noisy=heard.tried > 1)
        finally:
            link.close()
    except PortLost as error:
        technician.tell(f"Puerto {port}: se perdió ({error}).")
        return ABSENT
    except _Ended as ended:
        return ended.code
    finally:
        doorbell.close()
    return _conclude(findings, stable, heard.baud, wish, technician)


class _Visit:
    """One open line to a printer, and somebody before it."""

    def __init__(self, link: Link, technician: Technician) -> None:
        self._link = link
        self._technician = technician
        self._dialogue = Dialogue(link, PATIENCE, time.monotonic, lambda: False)

    def run(self, wish: Wish, picture: Raster | None, *, noisy: bool) -> Findings:
        """Everything that needs the line. Raises: PortLost, Gone, _Ended."""
        if wish.only_watches:
            watch(self._dialogue, self._answers(), self._technician, auto_status=False, step_s=wish.step_s)
            raise _Ended(OK)
        answers = self._until_ready()
        if noisy:
            self._dialogue.synchronise(interrupted=True)
        maker, model = (self._dialogue.identify(what) for what in (commands.INFO_MAKER, commands.INFO_MODEL))
        self._technician.tell(f"Marca: {maker or 'no la dice'}. Modelo: {model or 'no lo dice'}.")
        findings = prove(self._dialogue)
        self._technician.tell(f"La impresora {TIERS[findings.tier]}.")
        able = replace(EPSON_80, clears=findings.clears, auto_status=findings.auto_status)
        self._dialogue = Dialogue(self._link, PATIENCE, time.monotonic, lambda: False, able)
        if wish.prints or (self._technician.answers and self._technician.agrees("¿Imprimir la hoja de prueba?")):
            findings = self._sheet(findings)
        if self._technician.answers and self._technician.agrees("¿Probar los sensores de tapa y papel?"):
            auto_status = findings.auto_status
            watch(self._dialogue, answers, self._technician, auto_status=auto_status, step_s=wish.step_s)
            self._until_ready()
        if picture:
            findings = self._logo(findings, answers, picture, prints=wish.prints)
        return findings

    # --- how it is --------------------------------------------------------------------------------------------

    def _answers(self) -> Answers:
        answers = ask_all(self._dialogue)
        for question, answer in answers.by_question.items():
            said = "sin respuesta" if answer is None else f"{answer:02X}h"
            self._technician.tell(f"DLE EOT {question}: {said}")
        if not answers.is_printer:
            self._technician.tell(f"La impresora {REASONS[Reason.SILENT]}.")
            raise _Ended(SILENT)
        return answers

    def _until_ready(self) -> Answers:
        """Somebody who is there may put it right; without anybody, that was it."""
        while True:
            answers = self._answers()
            reason = answers.condition.reason
            if not reason:
                low = " Queda poco papel." if answers.condition.near_end else ""
                self._technician.tell(f"Lista para imprimir.{low}")
                return answers
            self._technician.tell(f"La impresora {REASONS[reason]}.")
            if not self._technician.answers or not self._technician.agrees("¿Ya está? (n: terminar)"):
                raise _Ended(CANNOT_PRINT)

    # --- what a person sees -----------------------------------------------------------------------------------

    def _deliver(self, encoded: Encoded, process_id: str, tier: Tier) -> Outcome:
        outcome = Delivery(encoded, process_id, self._dialogue, PATIENCE, time.monotonic, tier).run()
        reason = f": {REASONS[outcome.reason]}." if outcome.reason else ""
        self._technician.tell(RESULTS[outcome.result] + reason)
        return outcome

    def _sheet(self, findings: Findings) -> Findings:
        outcome = self._deliver(trial_sheet(findings.tier, "0001"), "0001", findings.tier)
        if outcome == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER):
            self._technician.tell("No confirmó después de la cuchilla: se le creerá menos.")
            findings = replace(findings, tier=Tier.STATUS)
        elif not outcome.is_printed:
            raise _Ended(CANNOT_PRINT)
        return self._looked_at(findings) if self._technician.answers else findings

    def _looked_at(self, findings: Findings) -> Findings:
        agrees = self._technician.agrees
        letters = agrees(f"1. ¿Se lee igual en el papel?  {CAPITALS}  {SMALLS}")
        native_qr = agrees("2. ¿Salió un código QR bajo «QR de la impresora», igual al de abajo?")
        if not agrees("3. ¿Salió el código QR bajo «QR dibujado»?") and not native_qr:
            self._technician.tell("No imprime códigos QR de ninguna forma: no sirve para estos tickets.")
            raise _Ended(CANNOT_PRINT)
        head_dots = None
        if agrees("5. ¿Salió entera la regla larga, con un diente en cada punta? (si no se ve, pulse FEED)"):
            head_dots = WIDE_DOTS
        elif agrees("4. ¿Y la regla corta, con un diente en cada punta?"):
            head_dots = NARROW_DOTS
        cuts = agrees("¿Cortó el papel?")
        return replace(findings, letters=letters, native_qr=native_qr, head_dots=head_dots, cuts=cuts)

    def _logo(self, findings: Findings, answers: Answers, picture: Raster, *, prints: bool) -> Findings:
        """Only into a memory that is there: a printer without one would print the picture as rubbish."""
        tell, answering = self._technician.tell, self._technician.answers
        if not may_hold_logo(findings):
            tell("No se sabe si esta impresora tiene memoria para un logotipo (orden FS q de su manual).")
            if not answering or not self._technician.agrees("¿Dice su manual que tiene FS q?"):
                tell("No se grabó el logotipo.")
                return findings
        tell(WARNING)
        if answering and not self._technician.agrees("¿Grabar ahora?"):
            return findings
        if not install(self._dialogue, answers, picture):
            tell("No volvió a estar lista después de grabar: espere un minuto, apáguela y enciéndala.")
            raise _Ended(CANNOT_PRINT)
        tell("Grabado: la impresora está otra vez en línea.")
        if not answering and not prints:
            tell("No verificado: el logotipo. Imprímalo con preguntas para usarlo.")
            return findings
        outcome = self._deliver(logo_sheet(findings.tier, "0002", picture.rows), "0002", findings.tier)
        if not outcome.is_printed or not answering:
            return findings
        return replace(findings, logo=self._technician.agrees("¿Salió bien el logotipo?"))


# --- what follows -----------------------------------------------------------------------------------------------


def _conclude(findings: Findings, port: str, baud: int, wish: Wish, technician: Technician) -> int:
    model, overrides = profile_from(findings)
    for doubt in doubts(findings):
        technician.tell(doubt)
    for line in SWITCHES:
        technician.tell(line)
    technician.tell("Configuración que le corresponde:")
    for line in settings.table_of(port, baud, model, overrides).splitlines():
        technician.tell(f"  {line}")
    asked = technician.answers and not wish.writes
    if not (wish.writes or (asked and technician.agrees(f"¿Escribirla en {wish.config}?"))):
        return OK
    try:
        settings.write(wish.config, port, baud, model, overrides)
    except settings.SettingsError as error:
        technician.tell(str(error))
        return USAGE
    technician.tell(f"Escrita en {wish.config}. Reinicie el kiosco: sudo systemctl restart kiosk")
    return OK

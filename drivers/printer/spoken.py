"""What the technician's commands say of a printer, and the codes that they end with."""

from __future__ import annotations

from typing import Final

from drivers.printer.words import Reason, Result

OK, CANNOT_PRINT, USAGE, SILENT, ABSENT = range(5)

CODES: Final = (
    f"Código de salida: {OK} bien, {CANNOT_PRINT} no puede imprimir, {USAGE} uso incorrecto, "
    f"{SILENT} no responde, {ABSENT} no hay puerto."
)

REASONS: Final = {
    Reason.PAPER: "no tiene papel: coloque un rollo nuevo",
    Reason.COVER: "la tapa está abierta: ciérrela; revise también el papel",
    Reason.CUTTER: "la cuchilla está trabada: apague la impresora y libere el papel",
    Reason.OTHER: "está fuera de línea y no dice por qué: apáguela y enciéndala",
    Reason.ABSENT: "no se encuentra el puerto: revise el cable USB o serie",
    Reason.SILENT: "no responde: revise que esté encendida, el cable y la velocidad",
    Reason.NO_ANSWER: "recibió los datos, pero no confirmó la impresión",
    Reason.NOISE: "se oyó ruido en la línea mientras imprimía: revise el cable y su tierra",
    Reason.LOST: "se desconectó mientras imprimía",
    Reason.CRASHED: "el programa se detuvo mientras imprimía",
}
RESULTS: Final = {
    Result.CONFIRMED: "Impreso y cortado: la impresora lo confirmó.",
    Result.PROBABLE: "Probablemente impreso: la impresora no puede confirmarlo, pero siguió lista.",
    Result.NOT_PRINTED: "No se imprimió",
    Result.UNCERTAIN: "No se sabe si se imprimió: mire el papel",
    Result.CONFIRMED_LATE: "Impreso con demora.",
}

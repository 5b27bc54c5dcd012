"""What the voice says: every page, nothing of the visitor, and what is said when something changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import msgspec
import pytest

from domain.documents import Document, DocumentKind
from domain.messages import TurnStatus
from domain.office import Branch, Privacy, Service
from drivers.scanner.words import CameraState, Hint
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, SayAgain
from kiosk.flow.menu import menu
from kiosk.flow.narration import HUSH, USUAL_VOICE, narration, spoken_in, to_say
from kiosk.flow.said import Said, Wording, in_words, spelled
from kiosk.flow.state import Aid, Cover, Draft, Medium, Paper, Problem, QueueView, Screen, State
from kiosk.texts import Texts
from tests.flows.visitor import CARD, TICKET, Visitor
from tests.samples import MONDAY_10AM, OFFICE

VOICES = {"es", "en", "qu"}
HEARS = frozenset({Aid.VOICE})
PLANTED = (
    "10117410",
    "20100070970",
    "PRUEBA",
    "QUIPU",
    "987654321",
    "correo@planted.pe",
    "K7QM",
    "preferen",
    "TICKETURL",
)
DRAFT = Draft(
    document=Document(DocumentKind.DNI, "10117410"),
    name="MARIA PRUEBA QUIPU",
    preferential=True,
    for_another=True,
    principal=Document(DocumentKind.RUC, "20100070970"),
    service="documentos",
    missing=frozenset({1}),
    subject="Asunto de QUIPU",
    description="Soy PRUEBA",
    folios=3,
    media=frozenset({Medium.USB}),
    contact="correo@planted.pe",
    notices=True,
)
TYPED = ("", "10117410", "QUIPU 987654321", "A017K7QM")


def _start(languages: tuple[str, ...] = ("es", "qu", "ay", "en")) -> State:
    office = msgspec.structs.replace(
        OFFICE,
        branches=(Branch("callao", "Agencia Callao", "Jr. de Ejemplo 1"),),
        privacy=Privacy(contact="datos@ejemplo.gob.pe", bank="Turnos", days_kept=30),
    )
    return State(
        office=office,
        now_s=0.0,
        now=MONDAY_10AM,
        languages=languages,
        aids=HEARS,
        camera=CameraState.WATCHING,
        queue=QueueView(7, 0.0, preferential=2, minutes=12),
    )


def _full(screen: Screen, typed: str = "") -> State:
    """A page of which everything is known that a visit can know."""
    return replace(
        _start(),
        screen=screen,
        draft=DRAFT,
        typed=typed,
        earlier=replace(TICKET, url="TICKETURL"),
        ticket=replace(TICKET, url="TICKETURL"),
        status=TurnStatus("A-017", "called", ahead=0, counter="3"),
        ahead=4,
        minutes=20,
        elsewhere=(("callao", QueueView(1, 0.0)),),
    )


class Bare:
    """Texts that are their own keys, and the values beside them: for what has no words yet."""

    def t(self, key: str, **values: object) -> str:
        return " ".join((key, *map(str, values.values())))

    def day(self, moment: object) -> str:
        return str(moment)


def _keys(said: tuple[Said, ...] | None) -> list[str]:
    assert said is not None
    return [one.key or one.plain for one in said]


@pytest.mark.parametrize("screen", Screen)
def test_every_page_says_its_title_and_all_of_its_choices(screen: Screen) -> None:
    state = _full(screen)
    words = in_words(narration(state), Bare())
    titles = {Screen.WELCOME: OFFICE.entity, Screen.TICKET: "voice.your_number"}
    assert words[0].startswith(titles.get(screen, f"{screen.value}.title"))
    spoken = "\n".join(words)
    for choice in menu(state):
        if not choice.key.endswith(".continue"):
            assert (choice.plain or choice.text_key) in spoken, choice.key


def _everything_said(screen: Screen, texts: Wording | None = None) -> set[str]:
    """All that could be said on a page, whatever is typed, wrong, covered or printed there."""
    texts = texts or Bare()
    said: set[str] = set()
    for typed, explores, kind in product(TYPED, (False, True), (DocumentKind.DNI, DocumentKind.PASSPORT)):
        aids = HEARS | {Aid.EXPLORE} if explores else HEARS
        page = replace(_full(screen, typed), aids=aids, kind=kind)
        states = [
            page,
            replace(page, saving=True),
            *(replace(page, cover=cover) for cover in Cover),
            *(replace(page, problem=problem) for problem in Problem),
            *(replace(page, paper=paper) for paper in Paper),
            *(replace(page, hint=hint) for hint in Hint),
            replace(page, now_s=70.0),
        ]
        for state in states:
            said |= set(in_words(narration(state), texts))
            changed = to_say(replace(page, draft=Draft()), state, happened.Typed("7"), VOICES)
            said |= set(in_words(changed or (), texts))
    return said


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("screen", Screen)
def test_every_sentence_has_its_words(screen: Screen, language: str) -> None:
    for sentence in _everything_said(screen, Texts(language, strict=True)):
        assert not [brace for brace in "{}" if brace in sentence]


@pytest.mark.parametrize("screen", Screen)
def test_nothing_of_the_visitor_is_said_on_any_page(screen: Screen) -> None:
    for sentence in _everything_said(screen):
        assert not [planted for planted in PLANTED if planted.lower() in sentence.replace("welcome.prefer", "").lower()]


def test_typing_a_number_says_how_many_digits_are_missing_and_never_which() -> None:
    visitor = Visitor(_start()).to(Screen.IDENTIFY)
    heard = []
    for digit in "1234567":
        before = visitor.state
        visitor.do(happened.KeyPressed(digit))
        heard += in_words(to_say(before, visitor.state, happened.KeyPressed(digit), VOICES) or (), Texts(strict=True))
    assert heard == [f"Faltan {left} números." for left in range(7, 1, -1)] + ["Falta 1 número."]


@pytest.mark.parametrize(
    ("number", "as_heard"),
    [("A-017", "A, 0 17"), ("A-007", "A, 0 0 7"), ("B-100", "B, 100"), ("AA-1017", "AA, 1017"), ("A-000", "A, 0 0 0")],
)
def test_a_number_is_spelled_for_the_ear(number: str, as_heard: str) -> None:
    assert spelled(number) == as_heard


def test_the_ticket_is_said() -> None:
    said = in_words(narration(replace(_full(Screen.TICKET), paper=Paper.PRINTED))[:-1], Texts(strict=True))
    assert said == (
        "Su turno está registrado. Su número es A, 0 17.",
        "Su ticket ya salió. Retírelo de la ranura.",
        "Hay 4 personas antes que usted.",
        "La espera será de 20 minutos, más o menos.",
        "Espere a que llamen su número.",
    )


def test_the_choices_have_the_numbers_that_the_pad_takes() -> None:
    state = _start()
    said = in_words(narration(state), Bare())
    for place, choice in enumerate(menu(state), 1):
        assert any(line == f"voice.choice {choice.text_key} {place}" for line in said)
        assert Visitor(state).do(happened.KeyPressed(str(place))).state == Visitor(state).do(choice.event).state


def test_where_the_digits_write_nothing_is_numbered_and_the_pad_is_told_of_its_numeral() -> None:
    keys = _keys(narration(_full(Screen.CONTACT)))
    assert "voice.left_empty" in keys
    assert "voice.choice" not in keys
    assert "voice.when_done" in _keys(narration(_full(Screen.CONTACT, "987")))
    assert "voice.go_back" in _keys(narration(_full(Screen.ASK)))


def test_a_tenth_choice_has_no_number() -> None:
    services = tuple(Service(f"s{n}", f"Servicio {n}") for n in range(12))
    state = _full(Screen.SERVICE)
    state = replace(state, office=msgspec.structs.replace(state.office, services=services), draft=Draft())
    said = narration(state)
    assert _keys(said).count("voice.choice") == 9
    assert Said(plain="Servicio 9") in said


def test_a_finger_hears_no_numbers() -> None:
    assert "voice.choice" not in _keys(narration(replace(_start(), aids=HEARS | {Aid.EXPLORE})))


def test_what_is_ticked_says_so() -> None:
    said = narration(_full(Screen.REQUEST))
    words = in_words(said, Bare())
    assert "voice.choice voice.has Solicitud firmada 4" in words
    assert "voice.choice voice.lacks Copia simple de su DNI 5" in words


# --- when something changes ------------------------------------------------------------------------------------


def _said(before: State, *events: happened.Event) -> list[str] | None:
    """What the last of ``events`` makes the voice say."""
    visitor = Visitor(before).do(*events[:-1])
    earlier = visitor.state
    visitor.do(events[-1])
    said = to_say(earlier, visitor.state, events[-1], VOICES)
    return None if said is None else _keys(said)


IDENTIFY = Visitor(_start()).to(Screen.IDENTIFY).state
REVIEW = Visitor(_start()).to(Screen.REVIEW).state
REQUEST = Visitor(_start()).to(Screen.REQUEST).state
FOLIOS = Visitor(_start()).to(Screen.FOLIOS).state
TURN = Visitor(_start()).to(Screen.TICKET).state
SILENT = replace(_start(), aids=frozenset())


@pytest.mark.parametrize(
    ("before", "event", "first"),
    [
        (SILENT, happened.KeyPressed("*"), "voice.welcome"),
        (SILENT, happened.AidSwitched(Aid.EXPLORE), "voice.explore"),
        (replace(SILENT, language="ay"), happened.AidSwitched(Aid.VOICE), "voice.welcome"),
        (_start(), happened.AidSwitched(Aid.EXPLORE), "voice.explore"),
        (replace(_start(), aids=HEARS | {Aid.EXPLORE}), happened.AidSwitched(Aid.EXPLORE), "voice.no_more_exploring"),
        (_start(), happened.LanguageChosen("en"), "voice.this_language"),
        (_start(), happened.LanguageChosen("ay"), "voice.another_language"),
        (_start(), happened.Begun(), "identify.title"),
        (_start(), happened.HelpAsked(), "help.title"),
        (IDENTIFY, happened.Covered(Cover.PRIVACY), "privacy.title"),
        (IDENTIFY, happened.Continued(), "problem.dni_empty"),
        (IDENTIFY, happened.Typed("4"), "voice.digits_left"),
        (IDENTIFY, happened.KindChosen(DocumentKind.CE), "identify.title_ce"),
        (IDENTIFY, happened.Hinted(Hint.CLOSER), "identify.closer"),
        (IDENTIFY, happened.Scanned(CARD), "check_document.title"),
        (REQUEST, happened.RequirementTicked(0), "voice.lacks"),
        (FOLIOS, happened.MediumTicked(Medium.USB), "voice.ticked"),
        (REVIEW, happened.Continued(), "voice.moment"),
        (TURN, happened.PrinterChanged(TURN.printer), None),
        (TURN, happened.Left(), HUSH),
        (REVIEW, happened.KeyPressed("0"), HUSH),
        (IDENTIFY, happened.Touched(), HUSH),
        (replace(IDENTIFY, aids=HEARS | {Aid.EXPLORE}), happened.Touched(), None),
        (_start(), happened.AidSwitched(Aid.VOICE), HUSH),
        (_start(), happened.QueueHeard(9), None),
        (SILENT, happened.Begun(), None),
    ],
)
def test_what_is_said_first(before: State, event: happened.Event, first: str | tuple[()] | None) -> None:
    said = _said(before, event)
    if first is None or first == HUSH:
        assert said == (first if first is None else [])
    else:
        assert said
        assert said[0] == first


def test_a_problem_is_said_alone_and_again_to_who_insists() -> None:
    assert _said(IDENTIFY, happened.Continued()) == ["problem.dni_empty"]
    assert _said(IDENTIFY, happened.Typed("4"), happened.Continued()) == ["problem.dni_short"]
    assert _said(IDENTIFY, happened.Typed("4"), happened.Continued(), happened.KeyPressed("#")) == ["problem.dni_short"]
    assert _said(REVIEW, happened.Continued(), happened.NotSaved()) == ["problem.not_saved"]


def test_counting_says_only_what_was_counted() -> None:
    more = next(choice.event for choice in menu(FOLIOS) if choice.key == "folios.folios.more")
    assert _said(FOLIOS, more) == ["voice.folios"]


def test_the_paper_is_followed() -> None:
    later = replace(TURN, paper=Paper.UNCERTAIN)
    said = to_say(TURN, later, happened.QueueHeard(1), VOICES)
    assert _keys(said) == ["voice.uncertain", "voice.choice", "voice.choice"]


def test_the_question_whether_somebody_is_there_is_asked_and_answered() -> None:
    quiet = Visitor(_start()).to(Screen.SERVICE).wait(59).state
    asked = Visitor(quiet).wait(1).state
    assert _keys(to_say(quiet, asked, happened.Tick(0.0, MONDAY_10AM), VOICES))[0] == "still_there.title"
    answered = Visitor(asked).do(happened.KeyPressed("1")).state
    assert _keys(to_say(asked, answered, happened.KeyPressed("1"), VOICES))[0] == "service.title"


def test_the_page_is_said_again_when_asked_for() -> None:
    state = _start()
    assert to_say(state, state, happened.KeyPressed("*"), VOICES, again=True) == narration(state)


def test_aymara_is_spoken_to_in_spanish_and_told_so_once() -> None:
    assert [spoken_in(language, VOICES) for language in ("es", "qu", "en", "ay")] == ["es", "qu", "en", "es"]
    assert spoken_in("qu", {"es"}) == USUAL_VOICE
    aymara = Visitor(_start()).do(happened.LanguageChosen("ay")).state
    later = _said(aymara, happened.Begun())
    assert later is not None
    assert "voice.another_language" not in later


# --- a whole visit by the twelve keys ----------------------------------------------------------------------------


def _by_pad(keys: str) -> tuple[Visitor, list[str]]:
    """Presses ``keys``, one after the other; what was heard."""
    visitor, heard = Visitor(SILENT), []
    for key in keys:
        before, effects = visitor.state, len(visitor.effects)
        visitor.do(happened.KeyPressed(key))
        again = SayAgain() in visitor.effects[effects:]
        said = to_say(before, visitor.state, happened.KeyPressed(key), VOICES, again=again)
        heard += in_words(said or (), Bare())
    return visitor, heard


@pytest.mark.parametrize(
    ("keys", "document"),
    [
        ("*" + "1" + "12345678" + "1" + "1" + "#" + "#" + "1", "12345678"),
        ("*" + "4" + "#" + "1" + "1" + "987654321#" + "1", ""),
        ("*" + "1" + "12345679" + "3" + "12345678" + "1" + "1" + "1" + "#" + "1", "12345678"),
        ("*" + "2" + "#" + "1" + "#" + "1" + "5" + "#" + "#" + "1", ""),
    ],
    ids=["the shortest", "without a document", "a wrong digit", "asking, and something missing"],
)
def test_a_visit_can_be_finished_with_the_pad_alone(keys: str, document: str) -> None:
    visitor, heard = _by_pad(keys)
    (issue,) = [effect for effect in visitor.effects if isinstance(effect, IssueTicket)]
    assert issue.draft.document.number == document
    before = visitor.state
    visitor.do(happened.Issued(TICKET))
    said = in_words(to_say(before, visitor.state, happened.Issued(TICKET), VOICES) or (), Bare())
    assert "voice.your_number A, 0 17" in said
    assert visitor.do(happened.KeyPressed("#")).state.screen is Screen.WELCOME
    assert not [line for line in heard if document and document in line]

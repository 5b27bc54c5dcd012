"""What the voice says: a whole page, or the one thing on it that has just changed.

A page is its title, what is wrong, what matters on it (`kiosk.flow.contents`), and its choices with their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.documents import DocumentKind
from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow.contents import contents, controller, counts, marks, paper, written
from kiosk.flow.filling import limit
from kiosk.flow.menu import Choice, menu
from kiosk.flow.pad import CAN_BE_LEFT_EMPTY
from kiosk.flow.said import Said
from kiosk.flow.state import Aid, Cover, Screen, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

USUAL_VOICE = "es"
"""The language of the voice where there is none in the visitor's."""
HUSH: tuple[Said, ...] = ()
"""Nothing more is to be said."""

_DIGITS_THAT_CHOOSE = 9
"""A key is one digit, and 0 is no place in a list; what stands further down is said without a number."""


def narration(state: State) -> tuple[Said, ...]:
    """All of the page, the most needed first: whoever has heard enough goes on and need not listen to the end."""
    if state.cover is not None:
        return (*_cover(state, state.cover), *choices_said(state))
    if state.asks_still_there:
        return (Said("still_there.title"), Said("still_there.lead"), *choices_said(state))
    return (*_title(state), *_problem(state), *contents(state), *choices_said(state))


def choice_said(state: State, choice: Choice) -> Said:
    """The choice's words, and how it stands where it can be ticked."""
    words = Said(plain=choice.plain) if choice.plain else Said(choice.text_key, choice.values)
    mark = marks(state).get(choice.key)
    return Said(mark, {"choice": words}) if mark else words


def choices_said(state: State) -> Iterator[Said]:
    """The choices: with numbers for the twelve keys, but not for a finger, nor where the digits write."""
    if Aid.EXPLORE in state.aids:
        yield from (choice_said(state, choice) for choice in menu(state))
        return
    if _writes(state):
        yield from _how_to_go_on(state)
        yield Said("voice.on_screen")
        yield from (choice_said(state, choice) for choice in menu(state) if not choice.key.endswith(".continue"))
        return
    for place, choice in enumerate(menu(state), 1):
        words = choice_said(state, choice)
        yield Said("voice.choice", {"choice": words, "n": place}) if place <= _DIGITS_THAT_CHOOSE else words


def spoken_in(language: str, voices: Collection[str]) -> str:
    """The language in which a visitor of ``language`` is spoken to, where there are such ``voices``."""
    return language if language in voices else USUAL_VOICE


def to_say(
    before: State, after: State, event: happened.Event, voices: Collection[str], *, again: bool = False
) -> tuple[Said, ...] | None:
    """What to say now that ``event`` has made ``after`` of ``before``; `HUSH` to stop, None to let be what is said.

    ``again``: the page was asked for once more. Whatever a visitor does stops what is being said (EN 301 549,
    5.1.3.5), but a finger that explores is answered by what lies under it.
    """
    if Aid.VOICE not in after.aids:
        return HUSH if Aid.VOICE in before.aids else None
    greeting = tuple(_greeting(before, after, voices))
    if greeting or again or _page(before) != _page(after):
        return (*greeting, *narration(after))
    changed = tuple(_changed(before, after, event))
    if changed:
        return changed
    stops = isinstance(event, happened.KeyPressed) or (
        isinstance(event, happened.Touched) and Aid.EXPLORE not in after.aids
    )
    return HUSH if stops else None


def _greeting(before: State, after: State, voices: Collection[str]) -> Iterator[Said]:
    """How it is used, to who has just switched it on; and once, that it speaks another language than asked for."""
    begins = Aid.VOICE not in before.aids
    if Aid.EXPLORE in after.aids and Aid.EXPLORE not in before.aids:
        yield Said("voice.explore")
    elif begins:
        yield Said("voice.welcome")
    elif Aid.EXPLORE in before.aids and Aid.EXPLORE not in after.aids:
        yield Said("voice.no_more_exploring")
    if begins or before.language != after.language:
        if spoken_in(after.language, voices) != after.language:
            yield Said("voice.another_language")
        elif not begins:
            yield Said("voice.this_language")


def _page(state: State) -> object:
    """What makes it another page to who hears it."""
    return state.screen, state.cover, state.asks_still_there, state.kind, state.part


def _changed(before: State, after: State, event: happened.Event) -> Iterator[Said]:
    """What is new on the same page; what is still wrong is said again to who tries to go on."""
    goes_on = isinstance(event, happened.Continued | happened.KeyPressed) and before.typed == after.typed
    if after.problem is not None and (before.problem is not after.problem or goes_on):
        yield from _problem(after)
    elif after.saving and not before.saving:
        yield Said("voice.moment")
    elif before.typed != after.typed and (how_much := written(after)):
        yield how_much
    if after.hint is not None and before.hint is not after.hint:
        yield Said(f"identify.{after.hint.value}")
    if after.screen is Screen.TICKET and before.paper is not after.paper:
        yield paper(after)
        yield from choices_said(after)
    yield from (now for then, now in zip(counts(before), counts(after), strict=True) if then != now)
    marked = marks(after).items() - marks(before).items()
    yield from (choice_said(after, choice) for choice in menu(after) if choice.key in dict(marked))


def _writes(state: State) -> bool:
    """Whether the keys write on this page."""
    return limit(state) > 0 and state.cover is None and not state.asks_still_there


def _how_to_go_on(state: State) -> Iterator[Said]:
    """What the pad's # does where the digits write."""
    if state.typed:
        yield Said("voice.when_done")
    elif state.screen in CAN_BE_LEFT_EMPTY:
        yield Said("voice.left_empty")
    elif state.screen is Screen.ASK:
        yield Said("voice.go_back")


def _problem(state: State) -> tuple[Said, ...]:
    return (Said(f"problem.{state.problem.value}"),) if state.problem else ()


def _title(state: State) -> tuple[Said, ...]:
    """As it is drawn. The first page has the office's name for one, and the ticket its number."""
    match state.screen:
        case Screen.WELCOME | Screen.TICKET:
            return ()
        case Screen.IDENTIFY if state.kind is not DocumentKind.DNI:
            return (Said(f"identify.title_{state.kind.value}"),)
        case Screen.IDENTIFY if state.camera is CameraState.ABSENT:
            return (Said("identify.title_typing"),)
        case _:
            return (Said(f"{state.screen.value}.title"),)


def _cover(state: State, cover: Cover) -> Iterator[Said]:
    yield Said(f"{cover.value}.title")
    match cover:
        case Cover.PRIVACY:
            yield Said("privacy.text", controller(state))
        case Cover.HELP:
            yield Said("help.lead")

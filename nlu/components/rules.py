"""Rasa's rules, found by what they end with instead of by trying each of them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker

_End = tuple[Any, Any]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IndexedRulePolicy(RulePolicy):
    """Predicts what `RulePolicy` predicts. That one compares each of some four hundred rules with each message.

    Only the rules whose last action and last intent are those of the conversation are compared here, and none by the
    text of a message: our rules are written with intents.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # While training, the lookup is still empty and changes; then every rule is compared.
        self._ends = {id(rules): _index(rules) for rules in self.lookup.values() if isinstance(rules, dict)}

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        ends = self._ends.get(id(lookup))
        if ends is None or not states:
            return super()._get_possible_keys(lookup, states)
        action, intent = _end(states[-1])
        keys = [*ends[action, intent], *(ends[action, None] if intent else [])]
        return super()._get_possible_keys(dict.fromkeys(keys, ""), states)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)


def _index(rules: dict[str, str]) -> defaultdict[_End, list[str]]:
    ends: defaultdict[_End, list[str]] = defaultdict(list)
    for key in rules:
        ends[_end(json.loads(key)[-1])].append(key)
    return ends


def _end(state: State) -> _End:
    return state.get(PREVIOUS_ACTION, {}).get("action_name"), state.get(USER, {}).get("intent")

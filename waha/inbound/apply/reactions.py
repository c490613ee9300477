"""Reactions and votes: what people say about a message without writing one."""

from waha.gateway.payloads import MessageId, PollVote, Reaction, cut
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome, Parked
from waha.models import ChatKind, MessageFields, WahaReaction

EMOJI_LENGTH = 32
ME = "me"


def apply_reaction(batch: Batch, event: Reaction) -> Outcome:
    """Set, change or take back somebody's emoji; the newest stands."""
    row, outcome = _target(batch, event.target)
    if row is None:
        return outcome
    sender = ME if event.from_me else _person(batch, row, event.by)
    emoji = cut(event.emoji, EMOJI_LENGTH)
    standing = WahaReaction.with_removed.filter(message_pk=row.pk, sender_id=sender).first()
    if standing is None:
        WahaReaction.with_removed.create(
            session_id=batch.session.pk,
            message_pk=row.pk,
            sender_id=sender,
            from_me=event.from_me,
            emoji=emoji,
            reacted_at=event.at,
        )
    elif (event.at, emoji) > (standing.reacted_at, standing.emoji):
        standing.emoji, standing.reacted_at = emoji, event.at
        standing.save(update_fields=["emoji", "reacted_at", "updated_at"])
    else:
        return DONE
    batch.change(row)
    return DONE


def apply_vote(batch: Batch, event: PollVote) -> Outcome:
    """Replace a person's choice in a poll; a vote that could not be read changes nothing."""
    if event.failed:
        return DONE
    row, outcome = _target(batch, event.poll)
    if row is None:
        return outcome
    voter = ME if event.from_me else _person(batch, row, event.by)
    poll = dict(row.extra.get("poll") or {"name": "", "options": []})
    votes = dict(poll.get("votes") or {})
    vote = {"at": event.at.isoformat(), "id": event.vote_id, "options": list(event.options)}
    standing = votes.get(voter)
    if standing and (standing["at"], standing["id"]) >= (vote["at"], vote["id"]):
        return DONE
    votes[voter] = vote
    row.extra = {**row.extra, "poll": {**poll, "votes": dict(sorted(votes.items()))}}
    batch.change(row, "extra")
    return DONE


def _target(batch: Batch, target: MessageId) -> tuple[MessageFields | None, Outcome]:
    """Return the message meant; who wrote it is told from either side's view."""
    for from_me in (target.from_me, not target.from_me):
        if batch.knows(from_me, target.raw):
            return batch.message(from_me, target.raw), DONE
    return None, Parked(target.raw)


def _person(batch: Batch, row: MessageFields, address: str) -> str:
    """Return one spelling for the other side of a direct chat, whichever form it wrote under."""
    chat = batch.chat_of(row)
    return chat.chat_id if chat.kind == ChatKind.DIRECT else address

"""The thread between a maker and staff about a proposal, with attachments that are what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue, NotThere
from demand.models import User
from manufacturers.models import MakerMember, Proposal, ThreadMessage

MOST_TEXT = 4000
MOST_BYTES = 5_000_000
# Decided by the first bytes, never by the name: what a browser would run is not among them.
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"PK\x03\x04": "application/zip",
}
OFFICE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """An uploaded file."""

    name: str
    content: bytes


def post_message(
    *, proposal_id: int, author_id: int, text: str, attachment: Attachment | None = None, now: datetime
) -> int:
    """Add a message to a proposal's thread; its key. The same words by the same person within a minute are one message.

    The author is a member of the proposal's maker, or staff; anyone else gets ``NotThere``. Locks the proposal. Raises
    :class:`InvalidValue` for an empty or too long text, or an attachment that is too large or of another type than PDF,
    JPEG, PNG, XLSX or DOCX.
    """
    words = text.strip()
    if not words or len(words) > MOST_TEXT:
        raise InvalidValue(_("Write 1 to %(most)s characters."), field="text", most=MOST_TEXT)
    kind = "" if attachment is None else attachment_type(attachment)
    with locking.transaction():
        proposal = locking.lock((Proposal, [proposal_id])).get(Proposal, proposal_id)
        if proposal is None:
            raise NotThere
        from_staff = _is_staff(author_id, proposal)
        last = ThreadMessage.objects.filter(proposal=proposal, author_id=author_id).order_by("-pk").first()
        if last is not None and last.text == words and (now - last.created_at).total_seconds() < 60:
            return last.pk
        row = ThreadMessage.objects.create(
            proposal=proposal,
            author_id=author_id,
            from_staff=from_staff,
            text=words,
            attachment_name="" if attachment is None else safe_name(attachment.name),
            attachment_type=kind,
            attachment=None if attachment is None else attachment.content,
            created_at=now,
        )
    return row.pk


def _is_staff(author_id: int, proposal: Proposal) -> bool:
    if MakerMember.objects.filter(user_id=author_id, maker_id=proposal.offer.maker_id).exists():
        return False
    if User.objects.filter(pk=author_id, is_staff=True, is_active=True).exists():
        return True
    raise NotThere


def attachment_type(attachment: Attachment) -> str:
    """The type of an attachment by its first bytes; a zip is taken only as a spreadsheet or a document."""
    if not attachment.content or len(attachment.content) > MOST_BYTES:
        raise InvalidValue(_("An attachment may have at most 5 MB."), field="attachment")
    for signature, content_type in SIGNATURES.items():
        if attachment.content.startswith(signature):
            ending = attachment.name.rpartition(".")[2].lower()
            if content_type != "application/zip":
                return content_type
            if ending in OFFICE:
                return OFFICE[ending]
    raise InvalidValue(_("Attach a PDF, JPEG, PNG, XLSX or DOCX file."), field="attachment")


def safe_name(name: str) -> str:
    """A file name without folders and control characters, its ending kept."""
    plain = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip()
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:10]}" if dot else plain[:110]

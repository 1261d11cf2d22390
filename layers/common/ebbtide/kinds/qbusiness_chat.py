"""Amazon Q Business: that there were conversations; what people wrote is left out."""

from __future__ import annotations

from ebbtide.model.kind import Call, Kind, Relation

_CONVERSATION_ID = "join('/', [applicationId, conversationId])"

CONVERSATION = Kind(
    name="aws_q_business_conversation",
    each="aws_q_business_application",
    optional="they are what people talked about",
    list=Call("qbusiness", "list_conversations", "conversations[]", applicationId="{id}"),
    absent=("LicenseNotFoundException",),
    inherit={"applicationId": "applicationId"},
    id=_CONVERSATION_ID,
    label="conversationId",
    tags=None,
    created="startTime",
    relations=(
        Relation("applicationId", "aws_q_business_application", reverse=True, owned_by=True),
    ),
    undeletable="It belongs to the person who had it, and goes with its application.",
)

_WITHOUT_TEXT = "messages[].{messageId: messageId, time: time, type: type}"

MESSAGE = Kind(
    name="aws_q_business_message",
    each="aws_q_business_conversation",
    optional="they are what people talked about, and many",
    list=Call(
        "qbusiness",
        "list_messages",
        _WITHOUT_TEXT,
        applicationId="{applicationId}",
        conversationId="{conversationId}",
    ),
    absent=("LicenseNotFoundException",),
    inherit={"applicationId": "applicationId", "conversationId": "conversationId"},
    id="join('/', [applicationId, conversationId, messageId])",
    label="messageId",
    tags=None,
    created="time",
    relations=(
        Relation("applicationId", "aws_q_business_application", reverse=True),
        Relation(_CONVERSATION_ID, "aws_q_business_conversation", reverse=True, owned_by=True),
    ),
    undeletable="It is a part of a conversation and goes with it.",
)

"""Amazon Q Business: conversations and their messages, without the text."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.kind import Kind, Relation

_CONVERSATION_ID = "join('/', [applicationId, conversationId])"

CONVERSATION = Kind(
    name="aws_q_business_conversation",
    each="aws_q_business_application",
    optional="they are private conversations of users",
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
    undeletable="It belongs to its user and is deleted with its application.",
)

_WITHOUT_TEXT = "messages[].{messageId: messageId, time: time, type: type}"

MESSAGE = Kind(
    name="aws_q_business_message",
    each="aws_q_business_conversation",
    optional="they are private conversations of users, and there are many",
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
        Relation(
            "applicationId",
            "aws_q_business_application",
            reverse=True,
            strength="history",
            why="it is part of a past conversation",
        ),
        Relation(_CONVERSATION_ID, "aws_q_business_conversation", reverse=True, owned_by=True),
    ),
    undeletable="It is part of a conversation and is deleted with it.",
)

//! Messages of rooms.

use std::{ops::Deref, time::Duration};

use matrix_sdk_common::deserialized_responses::{
    DecryptedRoomEvent, DeviceLinkProblem, ShieldState, ShieldStateCode, UnableToDecryptReason, VerificationLevel,
};
use matrix_sdk_crypto::{
    CollectStrategy, EncryptionSettings, OlmMachine, RoomEventDecryptionResult,
    types::events::room::encrypted::{EncryptedEvent, RoomEventEncryptionScheme},
};
use ruma::{
    OwnedRoomId,
    events::{AnyMessageLikeEventContent, room::history_visibility::HistoryVisibility},
    serde::Raw,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    account::{Users, trust},
    failure::{Outcome, failure},
    requests, verification,
};

#[derive(Deserialize)]
pub struct Share {
    room: OwnedRoomId,
    #[serde(flatten)]
    users: Users,
    #[serde(default)]
    strict: bool,
    rotation_period_ms: Option<u64>,
    rotation_period_msgs: Option<u64>,
    history_visibility: Option<HistoryVisibility>,
}

pub async fn share_room_key(machine: &OlmMachine, input: Share) -> Outcome<Value> {
    let mut settings = EncryptionSettings {
        // Both as Element does it, without and with "exclude insecure devices".
        sharing_strategy: if input.strict {
            CollectStrategy::IdentityBasedStrategy
        } else {
            CollectStrategy::AllDevices
        },
        ..Default::default()
    };
    if let Some(period) = input.rotation_period_ms {
        settings.rotation_period = Duration::from_millis(period);
    }
    if let Some(messages) = input.rotation_period_msgs {
        settings.rotation_period_msgs = messages;
    }
    if let Some(visibility) = input.history_visibility {
        settings.history_visibility = visibility;
    }
    let users = input.users.read();
    let requests = machine.share_room_key(&input.room, users.iter().map(Deref::deref), settings).await?;
    Ok(json!({"requests": requests.iter().map(|request| requests::to_device(request)).collect::<Vec<_>>()}))
}

#[derive(Deserialize)]
pub struct Encrypt {
    room: OwnedRoomId,
    #[serde(rename = "type")]
    kind: String,
    content: Map<String, Value>,
}

pub async fn encrypt(machine: &OlmMachine, input: Encrypt) -> Outcome<Value> {
    // The machine panics without a session, and encrypts with one that nobody has yet.
    match machine.store().get_outbound_group_session(&input.room).await? {
        Some(session) if session.shared() && !session.expired() && !session.invalidated() => (),
        _ => return failure("share the room key first, send its requests and mark them sent"),
    }
    let content: Raw<AnyMessageLikeEventContent> = Raw::new(&input.content)?.cast_unchecked();
    let encrypted = machine.encrypt_room_event_raw(&input.room, &input.kind, &content).await?;
    Ok(json!({"content": encrypted.content}))
}

#[derive(Deserialize)]
pub struct Decrypt {
    room: OwnedRoomId,
    event: Raw<EncryptedEvent>,
    #[serde(default)]
    strict: bool,
}

pub async fn decrypt(machine: &OlmMachine, input: Decrypt) -> Outcome<Value> {
    match machine.try_decrypt_room_event(&input.event, &input.room, &trust(input.strict)).await? {
        RoomEventDecryptionResult::Decrypted(decrypted) => {
            verification::receive(machine, &input.room, decrypted.event.json().get()).await?;
            Ok(read(&input.event, &decrypted))
        }
        RoomEventDecryptionResult::UnableToDecrypt(info) => {
            let mut answer = json!({"unable": unable(&info.reason), "session": info.session_id});
            if let UnableToDecryptReason::MissingMegolmSession { withheld_code: Some(code) } = &info.reason {
                answer["withheld"] = json!(code);
            }
            Ok(answer)
        }
    }
}

fn read(event: &Raw<EncryptedEvent>, decrypted: &DecryptedRoomEvent) -> Value {
    let info = &decrypted.encryption_info;
    let (shield, code) = match info.verification_state.to_shield_state_lax() {
        ShieldState::Red { code, .. } => ("red", Some(code)),
        ShieldState::Grey { code, .. } => ("grey", Some(code)),
        ShieldState::None => ("none", None),
    };
    let index = match event.deserialize().map(|event| event.content.scheme) {
        Ok(RoomEventEncryptionScheme::MegolmV1AesSha2(content)) => Some(content.ciphertext.message_index()),
        _ => None,
    };
    json!({
        "event": decrypted.event,
        "device": info.sender_device,
        "session": info.session_id(),
        "index": index,
        "shield": shield,
        "code": code.map(shield_code),
    })
}

fn shield_code(code: ShieldStateCode) -> &'static str {
    match code {
        ShieldStateCode::AuthenticityNotGuaranteed => "insecure_source",
        ShieldStateCode::UnknownDevice => "unknown_device",
        ShieldStateCode::UnsignedDevice => "unsigned_device",
        ShieldStateCode::UnverifiedIdentity => "unverified_identity",
        ShieldStateCode::VerificationViolation => "changed_identity",
        ShieldStateCode::MismatchedSender => "mismatched_sender",
    }
}

fn unable(reason: &UnableToDecryptReason) -> &'static str {
    match reason {
        UnableToDecryptReason::MissingMegolmSession { withheld_code: None } => "missing_key",
        UnableToDecryptReason::MissingMegolmSession { .. } => "withheld",
        UnableToDecryptReason::UnknownMegolmMessageIndex => "key_of_later_messages",
        UnableToDecryptReason::MegolmDecryptionFailure => "damaged",
        UnableToDecryptReason::MismatchedIdentityKeys => "mismatched_keys",
        UnableToDecryptReason::SenderIdentityNotTrusted(level) => match level {
            VerificationLevel::UnverifiedIdentity => "unverified_identity",
            VerificationLevel::VerificationViolation => "changed_identity",
            VerificationLevel::UnsignedDevice => "unsigned_device",
            VerificationLevel::None(DeviceLinkProblem::MissingDevice) => "unknown_device",
            VerificationLevel::None(DeviceLinkProblem::InsecureSource) => "insecure_source",
            VerificationLevel::MismatchedSender => "mismatched_sender",
        },
        _ => "malformed",
    }
}

#[derive(Deserialize)]
pub struct Room {
    room: OwnedRoomId,
}

pub async fn discard_room_key(machine: &OlmMachine, input: Room) -> Outcome<Value> {
    Ok(json!({"discarded": machine.discard_room_key(&input.room).await?}))
}

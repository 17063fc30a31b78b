//! Checking by emoji that two devices are who they say. A person at the bot's side decides; the bot never does by itself.

use matrix_sdk_crypto::{OlmMachine, Sas, SasState, VerificationRequest, VerificationRequestState};
use ruma::{
    OwnedDeviceId, OwnedRoomId, OwnedUserId, RoomId, TransactionId,
    events::{AnyMessageLikeEvent, AnySyncMessageLikeEvent, key::verification::VerificationMethod},
    serde::Raw,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    failure::{Outcome, failure},
    requests,
};

pub async fn list(machine: &OlmMachine) -> Outcome<Value> {
    let mut found = Vec::new();
    for user in machine.tracked_users().await? {
        found.extend(machine.get_verification_requests(&user).iter().map(|request| describe(machine, request)));
    }
    Ok(json!({ "verifications": found }))
}

fn sas(machine: &OlmMachine, request: &VerificationRequest) -> Option<Sas> {
    let verification = machine.get_verification(request.other_user(), request.flow_id().as_str())?;
    verification.sas_v1().map(|sas| *sas)
}

fn describe(machine: &OlmMachine, request: &VerificationRequest) -> Value {
    let sas = sas(machine, request);
    let state = match sas.as_ref().map(Sas::state) {
        _ if request.is_cancelled() => "cancelled",
        _ if request.is_done() => "done",
        Some(SasState::Created { .. } | SasState::Started { .. } | SasState::Accepted { .. }) => "started",
        Some(SasState::KeysExchanged { .. }) => "compare",
        Some(SasState::Confirmed) => "confirmed",
        Some(SasState::Done { .. }) => "done",
        Some(SasState::Cancelled(_)) => "cancelled",
        None => match request.state() {
            VerificationRequestState::Created { .. } | VerificationRequestState::Requested { .. } => "requested",
            _ => "ready",
        },
    };
    let emoji = sas.as_ref().and_then(Sas::emoji).map(|all| {
        all.iter().map(|emoji| json!({"symbol": emoji.symbol, "description": emoji.description})).collect::<Vec<_>>()
    });
    let cancelled = request.cancel_info().or_else(|| sas.as_ref().and_then(Sas::cancel_info));
    json!({
        "user": request.other_user(),
        "device": request.other_device_id(),
        "room": request.room_id(),
        "flow": request.flow_id().as_str(),
        "we_started": request.we_started(),
        "state": state,
        "emoji": emoji,
        "decimals": sas.as_ref().and_then(Sas::decimals),
        "cancel_code": cancelled.map(|info| info.cancel_code().to_string()),
    })
}

#[derive(Deserialize)]
pub struct Request {
    user: OwnedUserId,
    device: OwnedDeviceId,
}

pub async fn request(machine: &OlmMachine, input: Request) -> Outcome<Value> {
    let Some(device) = machine.get_device(&input.user, &input.device, None).await? else {
        return failure("that device is not known; ask for the keys of its user first (query_users)");
    };
    let (_, request) = device.request_verification_with_methods(vec![VerificationMethod::SasV1]);
    Ok(json!({"requests": [requests::verification(request)]}))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Accept,
    Start,
    Confirm,
    Cancel,
}

#[derive(Deserialize)]
pub struct Act {
    user: OwnedUserId,
    flow: String,
    action: Action,
}

pub async fn act(machine: &OlmMachine, input: Act) -> Outcome<Value> {
    let Some(request) = machine.get_verification_request(&input.user, &input.flow) else {
        return failure("there is no such verification, or it is over");
    };
    let sas = sas(machine, &request);
    let mut requests = Vec::new();
    match (input.action, &sas) {
        (Action::Accept, None) => {
            requests.extend(request.accept_with_methods(vec![VerificationMethod::SasV1]).map(requests::verification));
        }
        (Action::Accept, Some(sas)) => requests.extend(sas.accept().map(requests::verification)),
        (Action::Start, None) => {
            requests.extend(request.start_sas().await?.map(|(_, request)| requests::verification(request)));
        }
        (Action::Confirm, Some(sas)) => {
            let (messages, signatures) = sas.confirm().await?;
            requests.extend(messages.into_iter().map(requests::verification));
            requests.extend(signatures.map(|request| requests::signature_upload(&TransactionId::new(), &request)));
        }
        (Action::Start, Some(_)) => return failure("it has started already"),
        (Action::Confirm, None) => return failure("there are no emoji to confirm yet"),
        // A request that became a comparison by emoji is cancelled there.
        (Action::Cancel, Some(sas)) => requests.extend(sas.cancel().map(requests::verification)),
        (Action::Cancel, None) => requests.extend(request.cancel().map(requests::verification)),
    }
    if requests.is_empty() {
        return failure("that cannot be done in the state the verification is in");
    }
    Ok(json!({ "requests": requests }))
}

#[derive(Deserialize)]
pub struct RoomEvent {
    room: OwnedRoomId,
    event: Box<serde_json::value::RawValue>,
}

/// An event that came unencrypted; decrypted ones are looked at when they are decrypted.
pub async fn room_event(machine: &OlmMachine, input: RoomEvent) -> Outcome<Value> {
    receive(machine, &input.room, input.event.get()).await?;
    Ok(json!({}))
}

/// Takes the event if it is about a verification, and leaves all others alone.
pub async fn receive(machine: &OlmMachine, room: &RoomId, event: &str) -> Outcome<()> {
    if !event.contains("m.key.verification.") {
        return Ok(());
    }
    let Ok(event) = Raw::<AnySyncMessageLikeEvent>::from_json_string(event.to_owned()) else { return Ok(()) };
    if let Ok(event) = event.deserialize() {
        let event: AnyMessageLikeEvent = event.into_full_event(room.to_owned());
        machine.receive_verification_event(&event).await?;
    }
    Ok(())
}

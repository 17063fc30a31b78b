//! What the caller is to send to the server, and what came back.

use matrix_sdk_crypto::{
    OlmMachine,
    types::requests::{
        AnyIncomingResponse, AnyOutgoingRequest, OutgoingRequest, OutgoingVerificationRequest, RoomMessageRequest,
        ToDeviceRequest, UploadSigningKeysRequest,
    },
};
use ruma::{
    OwnedTransactionId, TransactionId,
    api::{
        IncomingResponse,
        client::{
            keys::{claim_keys, get_keys, upload_keys, upload_signatures, upload_signing_keys},
            message::send_message_event,
            to_device::send_event_to_device,
        },
    },
    events::MessageLikeEventContent,
    exports::http,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    account::{Account, Users},
    failure::{Outcome, failure},
};

fn post(id: &str, kind: &str, path: &str, body: Value) -> Value {
    json!({"id": id, "type": kind, "method": "POST", "path": format!("/_matrix/client/v3/keys/{path}"), "body": body})
}

fn keys_upload(id: &TransactionId, request: &upload_keys::v3::Request) -> Value {
    let mut body = json!({"one_time_keys": request.one_time_keys, "fallback_keys": request.fallback_keys});
    if let Some(keys) = &request.device_keys {
        body["device_keys"] = json!(keys);
    }
    post(id.as_str(), "keys_upload", "upload", body)
}

fn keys_query(id: &TransactionId, request: &matrix_sdk_crypto::types::requests::KeysQueryRequest) -> Value {
    post(id.as_str(), "keys_query", "query", json!({"device_keys": request.device_keys, "timeout": 10_000}))
}

fn keys_claim(id: &TransactionId, request: &claim_keys::v3::Request) -> Value {
    post(id.as_str(), "keys_claim", "claim", json!({"one_time_keys": request.one_time_keys, "timeout": 10_000}))
}

pub fn to_device(request: &ToDeviceRequest) -> Value {
    let path =
        format!("/_matrix/client/v3/sendToDevice/{}/{}", escaped(&request.event_type.to_string()), request.txn_id);
    json!({"id": request.txn_id, "type": "to_device", "method": "PUT", "path": path, "body": {"messages": request.messages}})
}

fn room_message(request: &RoomMessageRequest) -> Value {
    let kind = request.content.event_type().to_string();
    let room = escaped(request.room_id.as_str());
    let path = format!("/_matrix/client/v3/rooms/{room}/send/{}/{}", escaped(&kind), request.txn_id);
    json!({"id": request.txn_id, "type": "room_message", "method": "PUT", "path": path, "body": request.content,
           "room": request.room_id, "event_type": kind})
}

pub fn signature_upload(id: &TransactionId, request: &upload_signatures::v3::Request) -> Value {
    post(id.as_str(), "signature_upload", "signatures/upload", json!(request.signed_keys))
}

pub fn signing_keys_upload(request: &UploadSigningKeysRequest) -> Value {
    let body = json!({"master_key": request.master_key, "self_signing_key": request.self_signing_key,
                      "user_signing_key": request.user_signing_key});
    post(TransactionId::new().as_str(), "signing_keys_upload", "device_signing/upload", body)
}

/// One segment of a path.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

pub fn any(request: &OutgoingRequest) -> Value {
    let id = request.request_id();
    match request.request() {
        AnyOutgoingRequest::KeysUpload(request) => keys_upload(id, request),
        AnyOutgoingRequest::KeysQuery(request) => keys_query(id, request),
        AnyOutgoingRequest::KeysClaim(request) => keys_claim(id, request),
        AnyOutgoingRequest::ToDeviceRequest(request) => to_device(request),
        AnyOutgoingRequest::SignatureUpload(request) => signature_upload(id, request),
        AnyOutgoingRequest::RoomMessage(request) => room_message(request),
    }
}

pub fn verification(request: OutgoingVerificationRequest) -> Value {
    any(&OutgoingRequest::from(request))
}

pub async fn outgoing(machine: &OlmMachine) -> Outcome<Value> {
    let requests = machine.outgoing_requests().await?;
    Ok(json!({"requests": requests.iter().map(any).collect::<Vec<_>>()}))
}

/// Asks for the keys of users now, whether or not something is known to have changed.
pub fn query_users(account: &mut Account, input: Users) -> Outcome<Value> {
    let users = input.read();
    if users.is_empty() {
        return failure("there is no user to ask about");
    }
    let (id, request) = account.machine.query_keys_for_users(users.iter().map(AsRef::as_ref));
    if users.iter().any(|user| user == account.machine.user_id()) {
        account.about_ourselves = Some(id.clone());
    }
    Ok(json!({"request": keys_query(&id, &request)}))
}

pub async fn missing_sessions(machine: &OlmMachine, input: Users) -> Outcome<Value> {
    let users = input.read();
    let request = machine.get_missing_sessions(users.iter().map(AsRef::as_ref)).await?;
    Ok(json!({"request": request.map(|(id, request)| keys_claim(&id, &request))}))
}

#[derive(Deserialize)]
pub struct Sent {
    id: OwnedTransactionId,
    #[serde(rename = "type")]
    kind: String,
    body: Box<RawValue>,
}

pub async fn mark_sent(account: &mut Account, input: Sent) -> Outcome<Value> {
    match input.kind.as_str() {
        "keys_upload" => told::<upload_keys::v3::Response>(account, &input).await,
        "keys_query" => {
            // Parsed first: the rest happens only if it is an answer at all.
            let answer = parsed::<get_keys::v3::Response>(&input)?;
            let asked = account.about_ourselves.take_if(|id| *id == input.id).is_some();
            account.on_server.read(&account.machine, &answer, asked);
            account.machine.mark_request_as_sent(&input.id, &answer).await?;
            Ok(json!({}))
        }
        "keys_claim" => told::<claim_keys::v3::Response>(account, &input).await,
        "to_device" => told::<send_event_to_device::v3::Response>(account, &input).await,
        "signature_upload" => told::<upload_signatures::v3::Response>(account, &input).await,
        "room_message" => told::<send_message_event::v3::Response>(account, &input).await,
        "signing_keys_upload" => {
            parsed::<upload_signing_keys::v3::Response>(&input)?;
            let answer = upload_signing_keys::v3::Response::new();
            account.machine.mark_request_as_sent(&input.id, AnyIncomingResponse::SigningKeysUpload(&answer)).await?;
            Ok(json!({}))
        }
        _ => failure("there is no request of that type"),
    }
}

fn parsed<T: IncomingResponse>(input: &Sent) -> Outcome<T> {
    let body = input.body.get();
    // Most answers are objects with optional fields only, and an error would pass for one.
    if serde_json::from_str::<serde_json::Map<String, Value>>(body)?.contains_key("errcode") {
        return failure(format!("the answer to {} is an error; only a 200 counts as sent", input.kind));
    }
    match T::try_from_http_response(http::Response::new(body.as_bytes())) {
        Ok(answer) => Ok(answer),
        Err(_) => failure(format!("the answer to {} is not of the expected form", input.kind)),
    }
}

async fn told<T>(account: &Account, input: &Sent) -> Outcome<Value>
where
    T: IncomingResponse,
    for<'a> AnyIncomingResponse<'a>: From<&'a T>,
{
    account.machine.mark_request_as_sent(&input.id, &parsed::<T>(input)?).await?;
    Ok(json!({}))
}

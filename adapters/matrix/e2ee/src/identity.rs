//! The bot's own device and identity: cross-signing, and the recovery key that brings it back.

use std::collections::BTreeMap;

use matrix_sdk_crypto::{
    CrossSigningKeyExport, OlmMachine,
    secret_storage::{AesHmacSha2EncryptedData, SecretStorageKey},
};
use ruma::{
    TransactionId,
    events::{EventContentFromType, secret::request::SecretName, secret_storage::key::SecretStorageKeyEventContent},
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::to_raw_value};

use crate::{
    account::Account,
    failure::{Failure, Outcome, failure},
    requests,
};

pub fn device_keys(machine: &OlmMachine) -> Value {
    let keys = machine.identity_keys();
    json!({"curve25519": keys.curve25519.to_base64(), "ed25519": keys.ed25519.to_base64()})
}

pub async fn status(account: &Account) -> Outcome<Value> {
    let machine = &account.machine;
    let private = machine.cross_signing_status().await;
    let identity = machine.get_identity(machine.user_id(), None).await?;
    let ours = private.is_complete() && identity.as_ref().is_some_and(|identity| identity.is_verified());
    let device = machine.get_device(machine.user_id(), machine.device_id(), None).await?;
    Ok(json!({
        "user": machine.user_id(),
        "device": machine.device_id(),
        "device_keys": device_keys(machine),
        "private_keys": {"master": private.has_master, "self_signing": private.has_self_signing,
                         "user_signing": private.has_user_signing},
        "identity": if ours { "ours" } else if identity.is_some() { "foreign" } else { "none" },
        "device_signed": device.is_some_and(|device| device.is_cross_signed_by_owner()),
        "on_server": {"device": account.on_server.device, "identity": account.on_server.identity},
    }))
}

#[derive(Deserialize)]
pub struct Bootstrap {
    #[serde(default)]
    reset: bool,
}

pub async fn bootstrap(account: &Account, input: Bootstrap) -> Outcome<Value> {
    let machine = &account.machine;
    // Never a reset by accident: everybody would see that the bot's identity changed.
    if !input.reset {
        let private = machine.cross_signing_status().await;
        match account.on_server.identity {
            None => return failure("ask the server for the bot's own keys first (query_users)"),
            Some("present") if !private.is_complete() => {
                return failure(
                    "the account has an identity whose private keys are not here: give the recovery key, or reset the identity",
                );
            }
            Some(_) => (),
        }
    }
    let made = machine.bootstrap_cross_signing(input.reset).await?;
    let mut requests: Vec<Value> = made.upload_keys_req.iter().map(requests::any).collect();
    requests.push(requests::signing_keys_upload(&made.upload_signing_keys_req));
    requests.push(requests::signature_upload(&TransactionId::new(), &made.upload_signatures_req));
    Ok(json!({ "requests": requests }))
}

const SECRETS: [SecretName; 3] =
    [SecretName::CrossSigningMasterKey, SecretName::CrossSigningSelfSigningKey, SecretName::CrossSigningUserSigningKey];

pub async fn create_recovery(machine: &OlmMachine) -> Outcome<Value> {
    let Some(keys) = machine
        .export_cross_signing_keys()
        .await?
        .filter(|keys| keys.master_key.is_some() && keys.self_signing_key.is_some() && keys.user_signing_key.is_some())
    else {
        return failure("the private keys of the identity are not here; there is nothing to recover");
    };
    let key = SecretStorageKey::new();
    let mut events = vec![json!({"type": key.event_type().to_string(), "content": key.event_content()})];
    for (name, secret) in SECRETS.iter().zip([&keys.master_key, &keys.self_signing_key, &keys.user_signing_key]) {
        let sealed = key.encrypt(secret.clone().unwrap_or_default().into_bytes(), name);
        let encrypted = Map::from_iter([(key.key_id().to_owned(), json!(sealed))]);
        events.push(json!({"type": name.as_str(), "content": {"encrypted": encrypted}}));
    }
    // Last: until it is there, the key that was in force before still is.
    events.push(json!({"type": "m.secret_storage.default_key", "content": {"key": key.key_id()}}));
    Ok(json!({"recovery_key": key.to_base58(), "account_data": events}))
}

#[derive(Deserialize)]
pub struct Recover {
    recovery_key: String,
    account_data: BTreeMap<String, Value>,
}

pub async fn recover(machine: &OlmMachine, input: Recover) -> Outcome<Value> {
    let (user, device) = (machine.user_id(), machine.device_id());
    if machine.get_identity(user, None).await?.is_none() {
        return failure("the account's identity is not known; ask for the bot's own keys first");
    }
    let Some(id) = input.account_data.get("m.secret_storage.default_key").and_then(|data| data["key"].as_str()) else {
        return failure("the account data has no m.secret_storage.default_key");
    };
    let kind = format!("m.secret_storage.key.{id}");
    let Some(description) = input.account_data.get(&kind) else {
        return failure("the account data has no description of the key that protects the secrets");
    };
    let description = SecretStorageKeyEventContent::from_parts(&kind, &to_raw_value(description)?)?;
    let key = SecretStorageKey::from_account_data(&input.recovery_key, description)
        .map_err(|_| Failure("the recovery key does not fit this account".to_owned()))?;

    let secret = |name: SecretName| -> Outcome<Option<String>> {
        let missing = || Failure(format!("the account data has no {name} for this recovery key"));
        let sealed = input.account_data.get(name.as_str()).and_then(|data| data.get("encrypted")?.get(id));
        let sealed: AesHmacSha2EncryptedData = serde_json::from_value(sealed.ok_or_else(missing)?.clone())?;
        let opened = key.decrypt(&sealed, &name).map_err(|_| Failure(format!("{name} is damaged")))?;
        Ok(String::from_utf8(opened).ok())
    };
    let [master, self_signing, user_signing] = SECRETS;
    let mut keys = CrossSigningKeyExport::default();
    keys.master_key = secret(master)?;
    keys.self_signing_key = secret(self_signing)?;
    keys.user_signing_key = secret(user_signing)?;
    machine.import_cross_signing_keys(keys).await?;

    let mut requests = Vec::new();
    if let Some(device) =
        machine.get_device(user, device, None).await?.filter(|device| !device.is_cross_signed_by_owner())
    {
        requests.push(requests::signature_upload(&TransactionId::new(), &device.verify().await?));
    }
    Ok(json!({ "requests": requests }))
}

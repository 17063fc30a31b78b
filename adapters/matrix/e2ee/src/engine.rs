//! One account on one device: the store, the machine and the runtime that carries them.

use std::{collections::BTreeMap, fs::DirBuilder, io, os::unix::fs::DirBuilderExt};

use matrix_sdk_common::deserialized_responses::ProcessedToDeviceEvent;
use matrix_sdk_crypto::{EncryptionSyncChanges, OlmMachine, store::CryptoStore};
use matrix_sdk_sqlite::{OpenStoreError, SqliteCryptoStore, SqliteStoreConfig};
use ruma::{
    OneTimeKeyAlgorithm, OwnedDeviceId, OwnedUserId, UInt, api::client::sync::sync_events::DeviceLists,
    events::AnyToDeviceEvent, serde::Raw,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::{
    account::{Account, OnServer, Users, trust},
    failure::{Failure, Outcome, failure},
    identity, panics, requests, rooms, verification,
};

pub struct Engine {
    runtime: Runtime,
    account: Option<Account>,
    /// Where it panicked. What is in memory may be half changed since, so nothing is done with it any more.
    broken: Option<String>,
}

/// The answer of an engine that cannot go on.
pub fn broken(place: &str) -> String {
    let sentence = format!(
        "the encryption engine failed ({place}) and is stopped; start the bot again, and report this if it returns"
    );
    json!({"error": sentence, "broken": true}).to_string()
}

impl Engine {
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, account: None, broken: None })
    }

    /// Does one call. Never panics.
    pub fn call(&mut self, name: &str, input: &str) -> String {
        if let Some(place) = &self.broken {
            return broken(place);
        }
        match panics::catch(|| self.answer(name, input)) {
            Ok(Ok(answer)) => json!({ "ok": answer }).to_string(),
            Ok(Err(Failure(sentence))) => json!({"error": format!("{name}: {sentence}"), "broken": false}).to_string(),
            Err(place) => {
                let answer = broken(&place);
                self.broken = Some(place);
                answer
            }
        }
    }

    fn answer(&mut self, name: &str, input: &str) -> Outcome<Value> {
        if name == "open" {
            if self.account.is_some() {
                return failure("the store is open already");
            }
            let (account, answer) = self.runtime.block_on(open(serde_json::from_str(input)?))?;
            self.account = Some(account);
            return Ok(answer);
        }
        let Some(account) = &mut self.account else {
            return failure("the store is not open");
        };
        self.runtime.block_on(Box::pin(dispatch(account, name, input)))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(account) = self.account.take() {
            let _inside = self.runtime.enter();
            if self.broken.is_none() {
                // Everything is committed already; this only folds the write-ahead log into the database.
                let _ = panics::catch(|| self.runtime.block_on(account.machine.store().close()));
            }
            let _ = panics::catch(|| drop(account));
        }
    }
}

async fn dispatch(account: &mut Account, name: &str, input: &str) -> Outcome<Value> {
    let machine = &account.machine;
    match name {
        "outgoing" => requests::outgoing(machine).await,
        "mark_sent" => requests::mark_sent(account, read(input)?).await,
        "receive_sync" => receive_sync(machine, read(input)?).await,
        "track_users" => track_users(machine, read(input)?).await,
        "query_users" => requests::query_users(account, read(input)?),
        "missing_sessions" => requests::missing_sessions(machine, read(input)?).await,
        "share_room_key" => rooms::share_room_key(machine, read(input)?).await,
        "encrypt" => rooms::encrypt(machine, read(input)?).await,
        "decrypt" => rooms::decrypt(machine, read(input)?).await,
        "discard_room_key" => rooms::discard_room_key(machine, read(input)?).await,
        "status" => identity::status(account).await,
        "bootstrap_cross_signing" => identity::bootstrap(account, read(input)?).await,
        "create_recovery" => identity::create_recovery(machine).await,
        "recover" => identity::recover(machine, read(input)?).await,
        "verifications" => verification::list(machine).await,
        "request_verification" => verification::request(machine, read(input)?).await,
        "verify" => verification::act(machine, read(input)?).await,
        "room_event" => verification::room_event(machine, read(input)?).await,
        #[cfg(test)]
        "panic" => panic!("{input}"),
        _ => failure("there is no such call"),
    }
}

fn read<T: DeserializeOwned>(input: &str) -> Outcome<T> {
    Ok(serde_json::from_str(input)?)
}

#[derive(Deserialize)]
struct Open {
    dir: String,
    user: OwnedUserId,
    device: OwnedDeviceId,
    passphrase: String,
}

async fn open(input: Open) -> Outcome<(Account, Value)> {
    if input.passphrase.is_empty() {
        return failure("the passphrase is empty");
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&input.dir)
        .map_err(|error| Failure(format!("the folder for the store of keys cannot be made: {error}")))?;
    // Two connections: one thread asks at a time.
    let config =
        SqliteStoreConfig::with_low_memory_config(&input.dir).passphrase(Some(&input.passphrase)).pool_max_size(2);
    let store = SqliteCryptoStore::open_with_config(&config).await.map_err(|error| {
        Failure(match error {
            OpenStoreError::InitCipher(_) => "the passphrase does not fit the store of keys".to_owned(),
            error => format!("the store of keys cannot be opened: {error}"),
        })
    })?;
    let new =
        store.load_account().await.map_err(|error| Failure(format!("the store cannot be read: {error}")))?.is_none();
    let machine = OlmMachine::with_store(&input.user, &input.device, store, None).await?;
    machine.update_tracked_users([machine.user_id()]).await?;
    let answer = json!({
        "new": new,
        "device_keys": identity::device_keys(&machine),
        "next_batch": machine.store().next_batch_token().await?,
    });
    Ok((Account { machine, on_server: OnServer::default(), about_ourselves: None }, answer))
}

async fn track_users(machine: &OlmMachine, input: Users) -> Outcome<Value> {
    let users = input.read();
    machine.update_tracked_users(users.iter().map(AsRef::as_ref)).await?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct Sync {
    #[serde(default)]
    to_device: Vec<Raw<AnyToDeviceEvent>>,
    #[serde(default)]
    device_lists: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    one_time_key_counts: BTreeMap<OneTimeKeyAlgorithm, UInt>,
    unused_fallback_keys: Option<Vec<OneTimeKeyAlgorithm>>,
    next_batch: String,
    #[serde(default)]
    strict: bool,
}

async fn receive_sync(machine: &OlmMachine, mut input: Sync) -> Outcome<Value> {
    let mut users = |list: &str| Users { users: input.device_lists.remove(list).unwrap_or_default() }.read();
    let mut devices = DeviceLists::new();
    devices.changed = users("changed");
    devices.left = users("left");
    let changes = EncryptionSyncChanges {
        to_device_events: input.to_device,
        changed_devices: &devices,
        one_time_keys_counts: &input.one_time_key_counts,
        unused_fallback_keys: input.unused_fallback_keys.as_deref(),
        next_batch_token: Some(input.next_batch),
    };
    let (events, keys) = machine.receive_sync_changes(changes, &trust(input.strict)).await?;
    let keys: Vec<_> = keys.iter().map(|key| json!({"room": key.room_id, "session": key.session_id})).collect();
    Ok(json!({"room_keys": keys, "to_device": events.iter().map(summary).collect::<Vec<_>>()}))
}

/// What kind of event it was; its content stays here.
fn summary(event: &ProcessedToDeviceEvent) -> Value {
    let state = match event {
        ProcessedToDeviceEvent::Decrypted { .. } => "decrypted",
        ProcessedToDeviceEvent::PlainText(_) => "plain",
        ProcessedToDeviceEvent::UnableToDecrypt { .. } => "unable",
        ProcessedToDeviceEvent::Invalid(_) => "invalid",
    };
    let field = |name| event.as_raw().get_field::<String>(name).ok().flatten();
    json!({"type": field("type"), "sender": field("sender"), "state": state})
}

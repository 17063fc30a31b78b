//! What all calls work on, and what several of them take.

use matrix_sdk_crypto::{DecryptionSettings, OlmMachine, TrustRequirement};
use ruma::{DeviceKeyAlgorithm, DeviceKeyId, OwnedTransactionId, OwnedUserId, UserId, api::client::keys::get_keys};
use serde::Deserialize;

/// What the calls work on.
pub struct Account {
    pub machine: OlmMachine,
    pub on_server: OnServer,
    /// The last query about the account itself: what its answer does not name is not there.
    pub about_ourselves: Option<OwnedTransactionId>,
}

/// Which senders are believed. Strict: devices that their owner's identity has signed.
pub fn trust(strict: bool) -> DecryptionSettings {
    DecryptionSettings {
        sender_device_trust_requirement: if strict {
            TrustRequirement::CrossSigned
        } else {
            TrustRequirement::Untrusted
        },
    }
}

/// What the last answer to a /keys/query said about the bot's own account; none was seen yet: all None.
#[derive(Default)]
pub struct OnServer {
    pub device: Option<&'static str>,
    pub identity: Option<&'static str>,
}

impl OnServer {
    /// `asked`: for ourselves; otherwise an answer without us says nothing about us.
    pub fn read(&mut self, machine: &OlmMachine, answer: &get_keys::v3::Response, asked: bool) {
        let (user, device) = (machine.user_id(), machine.device_id());
        let devices = answer.device_keys.get(user);
        if devices.is_none() && !(asked && answer.failures.is_empty()) {
            return;
        }
        let keys = machine.identity_keys();
        self.device = Some(match devices.and_then(|devices| devices.get(device)).map(|keys| keys.deserialize()) {
            None => "absent",
            Some(Ok(theirs))
                if theirs.keys.get(&DeviceKeyId::from_parts(DeviceKeyAlgorithm::Curve25519, device))
                    == Some(&keys.curve25519.to_base64())
                    && theirs.keys.get(&DeviceKeyId::from_parts(DeviceKeyAlgorithm::Ed25519, device))
                        == Some(&keys.ed25519.to_base64()) =>
            {
                "same"
            }
            Some(_) => "different",
        });
        self.identity = Some(if answer.master_keys.contains_key(user) { "present" } else { "absent" });
    }
}

#[derive(Deserialize)]
pub struct Users {
    pub users: Vec<String>,
}

impl Users {
    /// Those that are user identifiers: one that a server got wrong must not stop a room.
    pub fn read(&self) -> Vec<OwnedUserId> {
        self.users.iter().filter_map(|user| UserId::parse(user).ok()).collect()
    }
}

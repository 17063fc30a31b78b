//! A homeserver in memory, as far as keys and to-device messages go, and the clients that use it.

use std::collections::BTreeMap;

use reweave_e2ee::Engine;
use serde_json::{Map, Value, json};

pub const ROOM: &str = "!room:test";

type Device = (String, String);

#[derive(Default)]
pub struct Server {
    device_keys: BTreeMap<String, Map<String, Value>>,
    one_time_keys: BTreeMap<Device, Map<String, Value>>,
    identities: BTreeMap<String, Value>,
    inbox: BTreeMap<Device, Vec<Value>>,
    syncs: usize,
    /// To-device messages wait here instead of arriving.
    pub held: Option<Vec<(Device, Value)>>,
}

impl Server {
    /// Answers a request as a server does with 200.
    pub fn answer(&mut self, from: &Client, request: &Value) -> Value {
        let body = &request["body"];
        match request["type"].as_str().unwrap() {
            "keys_upload" => {
                let keys = self.one_time_keys.entry(from.id()).or_default();
                keys.extend(body["one_time_keys"].as_object().cloned().unwrap_or_default());
                let count = keys.len();
                if let Some(keys) = body.get("device_keys") {
                    self.device_keys.entry(from.user.clone()).or_default().insert(from.device.clone(), keys.clone());
                }
                json!({"one_time_key_counts": {"signed_curve25519": count}})
            }
            "keys_query" => self.query(body),
            "keys_claim" => self.claim(body),
            "to_device" => {
                let kind = request["path"].as_str().unwrap().split('/').nth(5).unwrap();
                for (user, devices) in body["messages"].as_object().unwrap() {
                    for (device, content) in devices.as_object().unwrap() {
                        let event = json!({"type": kind, "sender": from.user, "content": content});
                        let to = (user.clone(), device.clone());
                        match &mut self.held {
                            Some(held) => held.push((to, event)),
                            None => self.inbox.entry(to).or_default().push(event),
                        }
                    }
                }
                json!({})
            }
            "signing_keys_upload" => {
                self.identities.insert(from.user.clone(), body.clone());
                json!({})
            }
            "signature_upload" => {
                self.sign(body);
                json!({"failures": {}})
            }
            "room_message" => json!({"event_id": "$sent:test"}),
            other => panic!("a request of type {other}"),
        }
    }

    fn query(&self, body: &Value) -> Value {
        let mut answer = json!({"device_keys": {}, "failures": {}, "master_keys": {}, "self_signing_keys": {},
                                "user_signing_keys": {}});
        for user in body["device_keys"].as_object().unwrap().keys() {
            answer["device_keys"][user] = json!(self.device_keys.get(user).cloned().unwrap_or_default());
            if let Some(identity) = self.identities.get(user) {
                for kind in ["master_key", "self_signing_key", "user_signing_key"] {
                    answer[format!("{kind}s")][user] = identity[kind].clone();
                }
            }
        }
        answer
    }

    fn claim(&mut self, body: &Value) -> Value {
        let mut answer = json!({"one_time_keys": {}, "failures": {}});
        for (user, devices) in body["one_time_keys"].as_object().unwrap() {
            for device in devices.as_object().unwrap().keys() {
                let keys = self.one_time_keys.entry((user.clone(), device.clone())).or_default();
                if let Some(id) = keys.keys().next().cloned() {
                    let key = keys.remove(&id).unwrap();
                    answer["one_time_keys"][user][device] = json!({ id: key });
                }
            }
        }
        answer
    }

    fn sign(&mut self, body: &Value) {
        for (user, things) in body.as_object().unwrap() {
            for (thing, signed) in things.as_object().unwrap() {
                let device = self.device_keys.entry(user.clone()).or_default().get_mut(thing);
                let Some(target) = device.or_else(|| self.identities.get_mut(user)?.get_mut("master_key")) else {
                    continue;
                };
                for (signer, signatures) in signed["signatures"].as_object().unwrap() {
                    for (key, signature) in signatures.as_object().unwrap() {
                        target["signatures"][signer][key] = signature.clone();
                    }
                }
            }
        }
    }

    /// What a /sync gives to that device; the messages are not given again.
    pub fn sync(&mut self, to: &Client, changed: &[&str]) -> Value {
        self.syncs += 1;
        json!({"to_device": self.inbox.remove(&to.id()).unwrap_or_default(),
               "device_lists": {"changed": changed, "left": []},
               "one_time_key_counts": {"signed_curve25519": self.one_time_keys.get(&to.id()).map_or(0, Map::len)},
               "unused_fallback_keys": ["signed_curve25519"], "next_batch": format!("s{}", self.syncs)})
    }

    pub fn release(&mut self) {
        for (to, event) in self.held.take().unwrap_or_default() {
            self.inbox.entry(to).or_default().push(event);
        }
    }
}

pub struct Client {
    pub user: String,
    pub device: String,
    pub dir: tempfile::TempDir,
    engine: Engine,
}

impl Client {
    /// A device with its keys on the server.
    pub fn new(server: &mut Server, user: &str, device: &str) -> Self {
        let mut client = Self::offline(user, device);
        client.drain(server);
        client
    }

    pub fn offline(user: &str, device: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut client = Self { user: user.into(), device: device.into(), dir, engine: Engine::new().unwrap() };
        client.open("secret").unwrap();
        client
    }

    fn id(&self) -> Device {
        (self.user.clone(), self.device.clone())
    }

    fn open(&mut self, passphrase: &str) -> Result<Value, String> {
        let dir = self.dir.path().to_str().unwrap();
        self.engine.ask("open", json!({"dir": dir, "user": self.user, "device": self.device, "passphrase": passphrase}))
    }

    /// As after a restart of the bot.
    pub fn reopen(&mut self, passphrase: &str) -> Result<Value, String> {
        self.engine = Engine::new().unwrap();
        self.open(passphrase)
    }

    pub fn ask(&mut self, name: &str, input: Value) -> Result<Value, String> {
        self.engine.ask(name, input)
    }

    pub fn call(&mut self, name: &str, input: Value) -> Value {
        self.ask(name, input).unwrap()
    }

    pub fn send(&mut self, server: &mut Server, request: &Value) {
        let answer = server.answer(self, request);
        self.call("mark_sent", json!({"id": request["id"], "type": request["type"], "body": answer}));
    }

    pub fn send_all(&mut self, server: &mut Server, answer: &Value) {
        for request in answer["requests"].as_array().unwrap() {
            self.send(server, request);
        }
    }

    /// Sends what the machine has to send, until there is nothing left.
    pub fn drain(&mut self, server: &mut Server) {
        for _ in 0..10 {
            let outgoing = self.call("outgoing", json!({}));
            if outgoing["requests"].as_array().unwrap().is_empty() {
                return;
            }
            self.send_all(server, &outgoing);
        }
        panic!("there is always something to send");
    }

    pub fn sync(&mut self, server: &mut Server, changed: &[&str]) -> Value {
        let input = server.sync(self, changed);
        let answer = self.call("receive_sync", input);
        self.drain(server);
        answer
    }

    /// Makes an identity and signs the device with it.
    pub fn sign_itself(&mut self, server: &mut Server) {
        let query = self.call("query_users", json!({"users": [self.user]}));
        self.send(server, &query["request"]);
        let made = self.call("bootstrap_cross_signing", json!({}));
        self.send_all(server, &made);
    }

    pub fn share(&mut self, server: &mut Server, users: &[&str], strict: bool) -> Value {
        self.call("track_users", json!({ "users": users }));
        self.drain(server);
        let claim = self.call("missing_sessions", json!({ "users": users }));
        if !claim["request"].is_null() {
            self.send(server, &claim["request"]);
        }
        let shared = self.call("share_room_key", json!({"room": ROOM, "users": users, "strict": strict}));
        self.send_all(server, &shared);
        shared
    }

    /// The event as the others find it in their timeline.
    pub fn say(&mut self, words: &str) -> Value {
        let content = json!({"msgtype": "m.text", "body": words});
        let sealed = self.call("encrypt", json!({"room": ROOM, "type": "m.room.message", "content": content}));
        json!({"type": "m.room.encrypted", "sender": self.user, "event_id": "$event:test", "origin_server_ts": 1,
               "content": sealed["content"]})
    }

    pub fn read(&mut self, event: &Value, strict: bool) -> Value {
        self.call("decrypt", json!({"room": ROOM, "event": event, "strict": strict}))
    }
}

pub trait Ask {
    fn ask(&mut self, name: &str, input: Value) -> Result<Value, String>;
}

impl Ask for Engine {
    fn ask(&mut self, name: &str, input: Value) -> Result<Value, String> {
        let answer: Value = serde_json::from_str(&self.call(name, &input.to_string())).unwrap();
        match answer.get("ok") {
            Some(ok) => Ok(ok.clone()),
            None => Err(answer["error"].as_str().unwrap().to_owned()),
        }
    }
}

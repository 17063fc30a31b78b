use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::server::{Client, ROOM, Server};

const BOT: &str = "@bot:test";
const ALICE: &str = "@alice:test";

/// Two signed devices that know each other.
fn pair(server: &mut Server) -> (Client, Client) {
    let (mut bot, mut alice) = (Client::new(server, BOT, "BOT"), Client::new(server, ALICE, "PHONE"));
    for client in [&mut bot, &mut alice] {
        client.sign_itself(server);
        client.call("track_users", json!({"users": [BOT, ALICE]}));
    }
    bot.drain(server);
    alice.drain(server);
    (bot, alice)
}

fn step(server: &mut Server, client: &mut Client, other: &str, action: &str) {
    let listed = client.call("verifications", json!({}))["verifications"][0].clone();
    let made = client.call("verify", json!({"user": other, "flow": listed["flow"], "action": action}));
    client.send_all(server, &made);
}

fn state(client: &mut Client) -> Value {
    client.call("verifications", json!({}))["verifications"][0].clone()
}

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn request() -> Value {
    json!({"type": "m.room.message", "sender": ALICE, "event_id": "$flow:test", "origin_server_ts": now(),
           "content": {"msgtype": "m.key.verification.request", "body": "please verify", "from_device": "PHONE",
                       "to": BOT, "methods": ["m.sas.v1"]}})
}

#[test]
fn a_request_in_a_room_is_listed_and_can_be_declined() {
    let mut server = Server::default();
    let (mut bot, _alice) = pair(&mut server);
    bot.call("room_event", json!({"room": ROOM, "event": request()}));
    let listed = bot.call("verifications", json!({}))["verifications"][0].clone();
    assert_eq!((&listed["user"], &listed["state"]), (&json!(ALICE), &json!("requested")));

    let declined = bot.call("verify", json!({"user": ALICE, "flow": listed["flow"], "action": "cancel"}));
    let message = &declined["requests"][0];
    assert_eq!((&message["event_type"], &message["room"]), (&json!("m.key.verification.cancel"), &json!(ROOM)));
    assert_eq!(message["body"]["code"], "m.user");
    assert_eq!(bot.call("verifications", json!({}))["verifications"][0]["state"], "cancelled");
    assert!(bot.ask("verify", json!({"user": ALICE, "flow": "other", "action": "cancel"})).is_err());
}

#[test]
fn words_that_only_mention_a_verification_are_left_alone() {
    let mut server = Server::default();
    let (mut bot, _alice) = pair(&mut server);
    let event = json!({"type": "m.room.message", "sender": ALICE, "event_id": "$e:test", "origin_server_ts": now(),
                       "content": {"msgtype": "m.text", "body": "m.key.verification.request"}});
    bot.call("room_event", json!({"room": ROOM, "event": event}));
    assert_eq!(bot.call("verifications", json!({}))["verifications"], json!([]));
}

#[test]
fn two_people_who_see_the_same_emoji_verify_each_other() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    let asked = alice.call("request_verification", json!({"user": BOT, "device": "BOT"}));
    alice.send_all(&mut server, &asked);
    bot.sync(&mut server, &[]);
    assert_eq!(state(&mut bot)["state"], "requested");
    step(&mut server, &mut bot, ALICE, "accept");
    alice.sync(&mut server, &[]);
    assert_eq!(state(&mut alice)["state"], "ready");
    step(&mut server, &mut alice, BOT, "start");
    bot.sync(&mut server, &[]);
    let flow = state(&mut bot)["flow"].clone();
    for early in ["start", "confirm"] {
        assert!(bot.ask("verify", json!({"user": ALICE, "flow": flow, "action": early})).is_err());
    }
    step(&mut server, &mut bot, ALICE, "accept");
    alice.sync(&mut server, &[]);
    bot.sync(&mut server, &[]);
    alice.sync(&mut server, &[]);
    let (shown, seen) = (state(&mut bot), state(&mut alice));
    assert_eq!((&shown["state"], &seen["state"]), (&json!("compare"), &json!("compare")));
    assert_eq!(shown["emoji"].as_array().unwrap().len(), 7);
    assert_eq!((&shown["emoji"], &shown["decimals"]), (&seen["emoji"], &seen["decimals"]));
    step(&mut server, &mut bot, ALICE, "confirm");
    assert_eq!(state(&mut bot)["state"], "confirmed");
    alice.sync(&mut server, &[]);
    step(&mut server, &mut alice, BOT, "confirm");
    bot.sync(&mut server, &[]);
    assert_eq!(state(&mut bot)["state"], "done");
    alice.sync(&mut server, &[]);
    assert_eq!(state(&mut alice)["state"], "done");
}

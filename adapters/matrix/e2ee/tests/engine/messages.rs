use std::os::unix::fs::PermissionsExt;

use reweave_e2ee::Engine;
use serde_json::json;

use crate::server::{Ask, Client, ROOM, Server};

const BOT: &str = "@bot:test";
const ALICE: &str = "@alice:test";

fn pair(server: &mut Server) -> (Client, Client) {
    (Client::new(server, BOT, "BOT"), Client::new(server, ALICE, "PHONE"))
}

#[test]
fn both_sides_read_each_other() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    alice.share(&mut server, &[BOT, ALICE], false);
    let synced = bot.sync(&mut server, &[]);
    assert_eq!(synced["to_device"][0]["state"], "decrypted");
    assert_eq!(synced["room_keys"][0]["room"], ROOM);
    let read = bot.read(&alice.say("hello"), false);
    assert_eq!(read["event"]["content"]["body"], "hello");
    assert_eq!(read["session"], synced["room_keys"][0]["session"]);
    assert_eq!((&read["index"], &read["device"]), (&json!(0), &json!("PHONE")));

    bot.share(&mut server, &[BOT, ALICE], false);
    alice.sync(&mut server, &[]);
    assert_eq!(alice.read(&bot.say("welcome"), false)["event"]["content"]["body"], "welcome");
}

#[test]
fn a_device_that_its_owner_did_not_sign_has_a_red_shield() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    alice.share(&mut server, &[BOT], false);
    bot.call("track_users", json!({"users": [ALICE]}));
    bot.drain(&mut server);
    bot.sync(&mut server, &[]);
    let event = alice.say("hello");
    let read = bot.read(&event, false);
    assert_eq!((&read["shield"], &read["code"]), (&json!("red"), &json!("unsigned_device")));
    assert_eq!(bot.read(&event, true)["unable"], "unsigned_device");
}

#[test]
fn between_signed_devices_strict_mode_reads_without_a_shield() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    bot.sign_itself(&mut server);
    alice.sign_itself(&mut server);
    alice.share(&mut server, &[BOT, ALICE], true);
    bot.call("track_users", json!({"users": [ALICE]}));
    bot.drain(&mut server);
    bot.sync(&mut server, &[]);
    let read = bot.read(&alice.say("hello"), true);
    assert_eq!((&read["event"]["content"]["body"], &read["shield"]), (&json!("hello"), &json!("none")));
}

#[test]
fn strict_mode_withholds_the_key_from_an_unsigned_device_which_learns_why() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    alice.sign_itself(&mut server);
    alice.share(&mut server, &[BOT, ALICE], true);
    let synced = bot.sync(&mut server, &[]);
    assert_eq!(synced["to_device"][0]["type"], "m.room_key.withheld");
    let read = bot.read(&alice.say("hello"), false);
    assert_eq!((&read["unable"], &read["withheld"]), (&json!("withheld"), &json!("m.unverified")));
}

#[test]
fn strict_mode_without_an_identity_of_ones_own_is_refused_with_the_reason() {
    let mut server = Server::default();
    let (mut bot, _alice) = pair(&mut server);
    let refused = bot.ask("share_room_key", json!({"room": ROOM, "users": [ALICE], "strict": true})).unwrap_err();
    assert!(refused.contains("identity of its own"), "{refused}");
}

#[test]
fn a_device_that_joins_later_reads_what_comes_then() {
    let mut server = Server::default();
    let (mut bot, mut phone) = pair(&mut server);
    bot.share(&mut server, &[ALICE], false);
    phone.sync(&mut server, &[]);
    let before = bot.say("before");

    let mut laptop = Client::new(&mut server, ALICE, "LAPTOP");
    bot.sync(&mut server, &[ALICE]);
    bot.share(&mut server, &[ALICE], false);
    laptop.sync(&mut server, &[]);
    assert_eq!(laptop.read(&bot.say("after"), false)["event"]["content"]["body"], "after");
    assert_eq!(laptop.read(&before, false)["unable"], "key_of_later_messages");
}

#[test]
fn somebody_who_left_gets_no_key_for_what_is_said_then() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    bot.share(&mut server, &[ALICE, BOT], false);
    alice.sync(&mut server, &[]);
    assert_eq!(alice.read(&bot.say("for both"), false)["event"]["content"]["body"], "for both");
    bot.share(&mut server, &[BOT], false);
    assert_eq!(alice.read(&bot.say("for the rest"), false)["unable"], "missing_key");
}

#[test]
fn what_could_not_be_read_is_read_when_the_key_arrives() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    server.held = Some(Vec::new());
    alice.share(&mut server, &[BOT], false);
    bot.sync(&mut server, &[]);
    let event = alice.say("hello");
    let read = bot.read(&event, false);
    assert_eq!(read["unable"], "missing_key");

    server.release();
    let keys = bot.sync(&mut server, &[]);
    assert_eq!(keys["room_keys"][0]["session"], read["session"]);
    assert_eq!(bot.read(&event, false)["event"]["content"]["body"], "hello");
}

#[test]
fn the_same_sync_twice_changes_nothing() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    alice.share(&mut server, &[BOT], false);
    let sync = server.sync(&bot, &[ALICE]);
    assert_eq!(bot.call("receive_sync", sync.clone())["room_keys"].as_array().unwrap().len(), 1);
    let again = bot.call("receive_sync", sync.clone());
    assert!(again["room_keys"].as_array().unwrap().is_empty(), "{again}");
    bot.reopen("secret").unwrap();
    bot.call("receive_sync", sync);
    bot.drain(&mut server);
    assert_eq!(bot.read(&alice.say("hello"), false)["event"]["content"]["body"], "hello");
    assert_eq!(bot.call("outgoing", json!({}))["requests"], json!([]));
}

#[test]
fn after_a_restart_the_keys_are_the_same_and_the_session_goes_on() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    alice.share(&mut server, &[BOT], false);
    let synced = server.sync(&bot, &[]);
    bot.call("receive_sync", synced.clone());
    bot.share(&mut server, &[ALICE], false);
    alice.sync(&mut server, &[]);
    let first = bot.say("one");
    let keys = bot.call("status", json!({}))["device_keys"].clone();

    let opened = bot.reopen("secret").unwrap();
    assert_eq!((&opened["new"], &opened["next_batch"]), (&json!(false), &synced["next_batch"]));
    assert_eq!(opened["device_keys"], keys);
    assert_eq!(bot.read(&alice.say("hello"), false)["event"]["content"]["body"], "hello");
    let shared = bot.call("share_room_key", json!({"room": ROOM, "users": [ALICE]}));
    assert_eq!(shared["requests"], json!([]), "the room key went to everybody before");
    let (first, second) = (alice.read(&first, false), alice.read(&bot.say("two"), false));
    assert_eq!((&first["session"], &first["index"]), (&second["session"], &json!(0)));
    assert_eq!((&second["event"]["content"]["body"], &second["index"]), (&json!("two"), &json!(1)));
}

#[test]
fn a_share_that_was_cut_off_goes_on_after_a_restart() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    bot.call("track_users", json!({"users": [ALICE]}));
    bot.drain(&mut server);
    let claim = bot.call("missing_sessions", json!({"users": [ALICE]}));
    bot.send(&mut server, &claim["request"]);
    let input = json!({"room": ROOM, "users": [ALICE]});
    let before = bot.call("share_room_key", input.clone());
    bot.reopen("secret").unwrap();
    let again = bot.call("share_room_key", input);
    assert_eq!(again["requests"][0]["id"], before["requests"][0]["id"]);
    bot.send_all(&mut server, &again);
    alice.sync(&mut server, &[]);
    assert_eq!(alice.read(&bot.say("hello"), false)["event"]["content"]["body"], "hello");
}

#[test]
fn nothing_is_encrypted_for_a_room_before_its_key_was_sent_or_after_it_was_discarded() {
    let mut server = Server::default();
    let (mut bot, _alice) = pair(&mut server);
    let input = json!({"room": ROOM, "type": "m.room.message", "content": {"body": "early"}});
    let refused = bot.ask("encrypt", input.clone()).unwrap_err();
    assert!(refused.contains("share the room key first"), "{refused}");
    bot.share(&mut server, &[ALICE], false);
    bot.call("encrypt", input.clone());
    assert_eq!(bot.call("discard_room_key", json!({"room": ROOM}))["discarded"], true);
    assert!(bot.ask("encrypt", input).is_err());
}

#[test]
fn an_error_handed_over_as_an_answer_is_refused_and_the_request_stays() {
    let mut bot = Client::offline(BOT, "BOT");
    let upload = bot.call("outgoing", json!({}))["requests"][0].clone();
    for body in [json!({"errcode": "M_UNKNOWN", "error": "no"}), json!({"one_time_key_counts": 7}), json!([])] {
        let sent = json!({"id": upload["id"], "type": upload["type"], "body": body});
        assert!(bot.ask("mark_sent", sent).is_err());
    }
    assert_eq!(bot.call("outgoing", json!({}))["requests"][0]["type"], "keys_upload");
}

#[test]
fn odd_events_of_a_server_stop_nothing() {
    let mut bot = Client::offline(BOT, "BOT");
    let odd = json!([{"type": 7}, {}, {"type": "m.room.encrypted", "sender": "x", "content": []},
                     {"type": "m.room.encrypted", "sender": ALICE, "content": {"algorithm": "m.olm.v1.curve25519-aes-sha2"}}]);
    let sync = json!({"to_device": odd, "device_lists": {"changed": ["no user"]}, "next_batch": "s1",
                      "one_time_key_counts": {"signed_curve25519": 50}});
    let answer = bot.call("receive_sync", sync);
    assert!(answer["to_device"].as_array().unwrap().iter().all(|event| event["state"] != "decrypted"), "{answer}");
    for content in
        [json!({}), json!([]), json!({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": ""})]
    {
        let event = json!({"type": "m.room.encrypted", "sender": ALICE, "event_id": "$e", "origin_server_ts": 1,
                           "content": content});
        let read = bot.ask("decrypt", json!({"room": ROOM, "event": event}));
        assert!(read.as_ref().map_or(true, |read| read["unable"].is_string()), "{read:?}");
    }
}

#[test]
fn a_wrong_passphrase_or_another_account_is_refused_with_the_reason() {
    let mut bot = Client::offline(BOT, "BOT");
    let refused = bot.reopen("other").unwrap_err();
    assert!(refused.contains("passphrase does not fit"), "{refused}");
    bot.device = "OTHER".into();
    let refused = bot.reopen("secret").unwrap_err();
    assert!(refused.contains("belongs to @bot:test, device BOT"), "{refused}");
}

#[test]
fn a_folder_that_is_made_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let input = json!({"dir": path, "user": BOT, "device": "BOT", "passphrase": "secret"});
    Engine::new().unwrap().ask("open", input).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn errors_do_not_quote_what_was_typed() {
    let mut bot = Client::offline(BOT, "BOT");
    let input = json!({"room": ROOM, "type": "m.room.message", "content": "my secret words"});
    let refused = bot.ask("encrypt", input).unwrap_err();
    assert!(!refused.contains("secret words"), "{refused}");
}

#[test]
fn nothing_typed_or_secret_can_be_read_in_the_files() {
    let mut server = Server::default();
    let (mut bot, mut alice) = pair(&mut server);
    bot.share(&mut server, &[ALICE], false);
    alice.sync(&mut server, &[]);
    let event = bot.say("my own words");
    let session = alice.read(&event, false)["session"].as_str().unwrap().to_owned();
    drop(std::mem::replace(&mut alice, Client::offline(ALICE, "OTHER")));
    for file in std::fs::read_dir(bot.dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for text in ["my own words", &session, BOT, ALICE] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
        }
    }
}

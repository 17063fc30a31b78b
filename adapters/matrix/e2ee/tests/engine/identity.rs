use serde_json::{Map, Value, json};

use crate::server::{Client, Server};

const BOT: &str = "@bot:test";

fn ask_about_itself(server: &mut Server, bot: &mut Client) -> Value {
    let query = bot.call("query_users", json!({"users": [BOT]}));
    bot.send(server, &query["request"]);
    bot.call("status", json!({}))
}

fn account_data(recovery: &Value) -> Map<String, Value> {
    let events = recovery["account_data"].as_array().unwrap();
    events.iter().map(|event| (event["type"].as_str().unwrap().to_owned(), event["content"].clone())).collect()
}

#[test]
fn a_first_start_makes_an_identity_and_signs_the_device() {
    let mut server = Server::default();
    let mut bot = Client::new(&mut server, BOT, "ONE");
    let before = ask_about_itself(&mut server, &mut bot);
    assert_eq!((&before["identity"], &before["on_server"]["identity"]), (&json!("none"), &json!("absent")));
    assert_eq!(before["device_signed"], false);

    let made = bot.call("bootstrap_cross_signing", json!({}));
    let kinds: Vec<_> = made["requests"].as_array().unwrap().iter().map(|request| &request["type"]).collect();
    assert_eq!(kinds, ["signing_keys_upload", "signature_upload"]);
    bot.send_all(&mut server, &made);
    let after = ask_about_itself(&mut server, &mut bot);
    assert_eq!((&after["identity"], &after["device_signed"]), (&json!("ours"), &json!(true)));
    assert_eq!(after["on_server"], json!({"device": "same", "identity": "present"}));
    bot.reopen("secret").unwrap();
    assert_eq!(bot.call("status", json!({}))["identity"], "ours");
}

#[test]
fn nothing_is_made_before_the_server_was_asked() {
    let mut bot = Client::offline(BOT, "ONE");
    let refused = bot.ask("bootstrap_cross_signing", json!({})).unwrap_err();
    assert!(refused.contains("ask the server"), "{refused}");
}

#[test]
fn a_new_device_recovers_the_identity_and_is_signed_by_it() {
    let mut server = Server::default();
    let mut first = Client::new(&mut server, BOT, "ONE");
    first.sign_itself(&mut server);
    let recovery = first.call("create_recovery", json!({}));

    let mut second = Client::new(&mut server, BOT, "TWO");
    assert_eq!(ask_about_itself(&mut server, &mut second)["identity"], "foreign");
    let refused = second.ask("bootstrap_cross_signing", json!({})).unwrap_err();
    assert!(refused.contains("give the recovery key"), "{refused}");

    let input = json!({"recovery_key": recovery["recovery_key"], "account_data": account_data(&recovery)});
    let signing = second.call("recover", input.clone());
    second.send_all(&mut server, &signing);
    let status = ask_about_itself(&mut server, &mut second);
    assert_eq!((&status["identity"], &status["device_signed"]), (&json!("ours"), &json!(true)));
    assert_eq!(second.call("recover", input)["requests"], json!([]), "there is nothing left to sign");
}

#[test]
fn a_wrong_recovery_key_changes_nothing() {
    let mut server = Server::default();
    let mut first = Client::new(&mut server, BOT, "ONE");
    first.sign_itself(&mut server);
    let (recovery, other) = (first.call("create_recovery", json!({})), first.call("create_recovery", json!({})));
    let mut second = Client::new(&mut server, BOT, "TWO");
    ask_about_itself(&mut server, &mut second);
    let input = json!({"recovery_key": other["recovery_key"], "account_data": account_data(&recovery)});
    assert!(second.ask("recover", input).unwrap_err().contains("does not fit"));
    assert_eq!(second.call("status", json!({}))["identity"], "foreign");
}

#[test]
fn secrets_of_an_identity_that_was_reset_are_refused() {
    let mut server = Server::default();
    let mut first = Client::new(&mut server, BOT, "ONE");
    first.sign_itself(&mut server);
    let recovery = first.call("create_recovery", json!({}));
    let reset = first.call("bootstrap_cross_signing", json!({"reset": true}));
    first.send_all(&mut server, &reset);
    let mut second = Client::new(&mut server, BOT, "TWO");
    ask_about_itself(&mut server, &mut second);
    let input = json!({"recovery_key": recovery["recovery_key"], "account_data": account_data(&recovery)});
    assert!(second.ask("recover", input).unwrap_err().contains("another identity"));
}

#[test]
fn an_identity_that_was_replaced_elsewhere_is_not_ours_any_more() {
    let mut server = Server::default();
    let mut first = Client::new(&mut server, BOT, "ONE");
    first.sign_itself(&mut server);
    let mut second = Client::new(&mut server, BOT, "TWO");
    let reset = second.call("bootstrap_cross_signing", json!({"reset": true}));
    second.send_all(&mut server, &reset);
    assert_eq!(ask_about_itself(&mut server, &mut first)["identity"], "foreign");
}

#[test]
fn a_lost_store_shows_in_the_keys_that_the_server_has() {
    let mut server = Server::default();
    let mut bot = Client::new(&mut server, BOT, "ONE");
    assert_eq!(ask_about_itself(&mut server, &mut bot)["on_server"]["device"], "same");
    let mut lost = Client::offline(BOT, "ONE");
    assert_eq!(ask_about_itself(&mut server, &mut lost)["on_server"]["device"], "different");
    let mut fresh = Client::offline(BOT, "TWO");
    assert_eq!(ask_about_itself(&mut server, &mut fresh)["on_server"]["device"], "absent");
    // A server that has nothing of a user may leave them out.
    let asked = bot.call("query_users", json!({"users": [BOT]}));
    bot.call("mark_sent", json!({"id": asked["request"]["id"], "type": "keys_query", "body": {"device_keys": {}}}));
    assert_eq!(bot.call("status", json!({}))["on_server"]["device"], "absent");
}

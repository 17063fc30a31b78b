#ifndef REWEAVE_E2EE_H
#define REWEAVE_E2EE_H
/** \file End-to-end encryption of Matrix for one account on one device: names of calls and JSON in, JSON out.
 *
 * The engine does no network. It says what to send (a request), and is told what came back (mark_sent).
 * An answer is {"ok": …} or {"error": "a sentence", "broken": bool}. Sentences never hold what people typed. After
 * "broken" every further call gives the same answer; rooms without encryption can go on.
 * Everything that a call changed is in the database, durably, before it returns.
 *
 * A request: {"id", "type", "method", "path", "body"}; the types are keys_upload, keys_query, keys_claim, to_device,
 * signature_upload, signing_keys_upload, and room_message, which also has "room" and "event_type": in an encrypted room its
 * body is encrypted like any other message before it is sent. Repeat a request as it is until it had a 200.
 *
 *  open                    {"dir", "user", "device", "passphrase"} -> {"new": bool, "device_keys", "next_batch": text|null}
 *                          First call. dir is made if it is not there, for its owner only, and belongs to one process at
 *                          a time. new: there were no keys yet. next_batch: that of the last receive_sync.
 *  outgoing                {} -> {"requests"}: what is to be sent now. After each receive_sync and track_users, until it is empty.
 *  mark_sent               {"id", "type", "body"} -> {}: the body of a 200, never of anything else.
 *  receive_sync            {"to_device": [event], "device_lists": {"changed", "left"}, "one_time_key_counts",
 *                          "unused_fallback_keys": list, or null if the server sent none, "next_batch", "strict"?}
 *                          -> {"room_keys": [{"room", "session"}], "to_device": [{"type", "sender", "state"}]}
 *                          The parts of a /sync: to_device.events, device_lists, device_one_time_keys_count,
 *                          device_unused_fallback_key_types, next_batch.
 *                          Before the token of the sync is stored, and before its timeline is decrypted. Twice is harmless.
 *                          state: decrypted, plain, unable or invalid. After a room key, or an m.room_key.withheld, decrypt again
 *                          what could not be read.
 *  track_users             {"users"} -> {}: whose devices are to be known: everybody in encrypted rooms.
 *  query_users             {"users"} -> {"request"}: ask for their keys now. At start for the bot's own, for "on_server".
 *
 * To send to a room, in this order: track_users with all members (joined; invited too unless the history visibility is
 * "joined"), outgoing, missing_sessions, share_room_key, encrypt; each request sent and marked before the next step.
 *  missing_sessions        {"users"} -> {"request": …|null}
 *  share_room_key          {"room", "users", "strict"?, "rotation_period_ms"?, "rotation_period_msgs"?, "history_visibility"?}
 *                          -> {"requests"}: none if everybody has the key. A new key is made when it is due, when a member or
 *                          device left, and when the settings changed. strict: only devices that their owner's identity has
 *                          signed get the key, the others are told that they do not; needs a signed device of the bot's own.
 *                          Without it everybody's devices get it.
 *  encrypt                 {"room", "type", "content": object} -> {"content"}: of an m.room.encrypted. Keep it and repeat it as
 *                          it is: encrypting again makes another message.
 *  decrypt                 {"room", "event", "strict"?} -> {"event", "device": text|null, "session", "index", "shield", "code"}
 *                          shield: none, grey or red, as a person's client would show it; code: null, unverified_identity,
 *                          changed_identity, unsigned_device, unknown_device, insecure_source, mismatched_sender.
 *                          No other event has the same session and index; one that has is a replay.
 *                          Or {"unable": code, "session": text|null, "withheld"?}: missing_key, key_of_later_messages, withheld
 *                          (then "withheld" is the sender's code, such as m.unverified), damaged, malformed, mismatched_keys, and in
 *                          strict mode the codes of the shields except unverified_identity.
 *  discard_room_key        {"room"} -> {"discarded": bool}: the next message gets a new key.
 *
 *  status                  {} -> {"user", "device", "device_keys": {"curve25519", "ed25519"},
 *                          "private_keys": {"master", "self_signing", "user_signing": bool}, "identity": none|ours|foreign,
 *                          "device_signed": bool, "on_server": {"device": null|absent|same|different, "identity":
 *                          null|absent|present}}; null: not asked since open. different: these are not the keys that the server
 *                          has for this device, so the store was lost, and the device cannot be used any more. foreign: there
 *                          is an identity, but its private keys are not here.
 *  bootstrap_cross_signing {"reset"?: bool} -> {"requests"}, to be sent in this order: makes an identity, or publishes ours again.
 *                          The server may answer device_signing/upload with 401: add "auth" to the body. Refused without reset
 *                          while the server was not asked, or has an identity that is not ours.
 *  create_recovery         {} -> {"recovery_key", "account_data": [{"type", "content"}]}: hand the key to the operator first, then
 *                          store the account data in this order.
 *  recover                 {"recovery_key", "account_data": {type: content}} -> {"requests"}: takes the private keys out of
 *                          m.secret_storage.default_key, its m.secret_storage.key.*, and m.cross_signing.master, .self_signing,
 *                          .user_signing, and signs the device. Ask for the bot's own keys before.
 *
 * Verification by emoji; a person on the bot's side decides:
 *  verifications           {} -> {"verifications": [{"user", "device", "room": text|null, "flow", "we_started", "state", "emoji":
 *                          [{"symbol", "description"}]|null, "decimals": [3 numbers]|null, "cancel_code": text|null}]}
 *                          state: requested, ready, started, compare, confirmed, done, cancelled.
 *  request_verification    {"user", "device"} -> {"requests"}: asks that device for one.
 *  verify                  {"user", "flow", "action": accept|start|confirm|cancel} -> {"requests"}. accept answers a request,
 *                          and once more the emoji that the other side starts; confirm says that the emoji are the same.
 *  room_event              {"room", "event"} -> {}: an event of a room that is not encrypted, which may be about a verification;
 *                          decrypt looks for them by itself.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** An engine, not opened yet. Used by one thread at a time; calls block. */
typedef struct reweave_e2ee reweave_e2ee;

/** Null if the build has no encryption, or the system no room. */
reweave_e2ee* reweave_e2ee_new(void);
/** \param json an object, in UTF-8. \return an answer, for reweave_e2ee_free_text. */
char* reweave_e2ee_call(reweave_e2ee* engine, const char* name, const char* json);
void reweave_e2ee_free_text(char* text);
/** Closes the store. Null does nothing. */
void reweave_e2ee_free(reweave_e2ee* engine);

#ifdef __cplusplus
}
#endif

#endif

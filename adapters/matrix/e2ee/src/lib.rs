//! End-to-end encryption for the Matrix adapter: one `OlmMachine` behind a small C ABI, JSON in and JSON out.
//!
//! It does no network: it says what to send, and is told what came back. `reweave_e2ee.h` documents the calls.

mod account;
mod engine;
mod failure;
mod identity;
mod panics;
mod requests;
mod rooms;
mod verification;

use std::{
    ffi::{CStr, CString, c_char},
    ptr,
};

pub use engine::Engine;

/// A new engine without a store; null if the system has no room for one.
#[unsafe(no_mangle)]
pub extern "C" fn reweave_e2ee_new() -> *mut Engine {
    panics::catch(|| Engine::new().ok().map_or(ptr::null_mut(), |engine| Box::into_raw(Box::new(engine))))
        .unwrap_or(ptr::null_mut())
}

/// Does one call and returns its answer as JSON, to be given back to `reweave_e2ee_free_text`.
///
/// # Safety
/// `engine` is from `reweave_e2ee_new` and used by one thread at a time; `name` and `json` end with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reweave_e2ee_call(
    engine: *mut Engine,
    name: *const c_char,
    json: *const c_char,
) -> *mut c_char {
    let text = |text: *const c_char| unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let answer = panics::catch(|| unsafe { &mut *engine }.call(&text(name), &text(json)))
        .unwrap_or_else(|place| engine::broken(&place));
    // JSON writes a zero byte as \u0000, so there is none.
    CString::new(answer).unwrap_or_default().into_raw()
}

/// # Safety
/// `text` is from `reweave_e2ee_call`, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reweave_e2ee_free_text(text: *mut c_char) {
    if !text.is_null() {
        drop(unsafe { CString::from_raw(text) });
    }
}

/// Closes the store and ends the engine.
///
/// # Safety
/// `engine` is from `reweave_e2ee_new`, or null; nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reweave_e2ee_free(engine: *mut Engine) {
    if !engine.is_null() {
        let _ = panics::catch(|| drop(unsafe { Box::from_raw(engine) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(engine: *mut Engine, name: &CStr, json: &CStr) -> String {
        unsafe {
            let text = reweave_e2ee_call(engine, name.as_ptr(), json.as_ptr());
            let answer = CStr::from_ptr(text).to_str().unwrap().to_owned();
            reweave_e2ee_free_text(text);
            answer
        }
    }

    #[test]
    fn a_panic_is_caught_and_breaks_this_engine_only() {
        let dir = tempfile::tempdir().unwrap();
        let open = format!(
            r#"{{"dir": {:?}, "user": "@bot:test", "device": "BOT", "passphrase": "secret"}}"#,
            dir.path().to_str().unwrap()
        );
        let open = CString::new(open).unwrap();
        let engine = reweave_e2ee_new();
        assert!(call(engine, c"open", &open).starts_with(r#"{"ok":"#));
        for name in [c"panic", c"outgoing"] {
            let answer = call(engine, name, c"{\"words\": \"typed\"}");
            assert!(answer.contains(r#""broken":true"#) && answer.contains("src/engine.rs:"), "{answer}");
            assert!(!answer.contains("typed"), "{answer}");
        }
        unsafe { reweave_e2ee_free(engine) };

        let engine = reweave_e2ee_new();
        assert!(call(engine, c"open", &open).contains(r#""new":false"#));
        unsafe { reweave_e2ee_free(engine) };
    }

    #[test]
    fn a_call_without_a_store_or_with_broken_json_is_an_error_and_no_more() {
        let engine = reweave_e2ee_new();
        for (name, json) in [(c"outgoing", c"{}"), (c"open", c"{"), (c"open", c"{}"), (c"open", c"\xff")] {
            let answer = call(engine, name, json);
            assert!(answer.contains(r#""error":"#) && answer.contains(r#""broken":false"#), "{answer}");
        }
        unsafe { reweave_e2ee_free(engine) };
    }
}

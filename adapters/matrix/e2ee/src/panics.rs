//! A panic in here ends one call, never the bot.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Some while this thread is inside `catch`: where the last panic came from.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What `work` returns, or the place in the source where it panicked. The message of a panic is dropped unread: it may
/// quote what somebody typed.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let inside = PLACE.with_borrow_mut(|place| {
                if let Some(place) = place {
                    *place = info.location().map(short).unwrap_or_default();
                }
                place.is_some()
            });
            if !inside {
                before(info);
            }
        }));
    });
    let outer = PLACE.replace(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let place = PLACE.replace(outer);
    result.map_err(|_| place.unwrap_or_default())
}

/// The end of the path is the same on every machine: crate/src/file.rs:12.
fn short(location: &panic::Location<'_>) -> String {
    let parts: Vec<_> = location.file().split('/').collect();
    format!("{}:{}", parts[parts.len().saturating_sub(4)..].join("/"), location.line())
}

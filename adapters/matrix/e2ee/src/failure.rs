//! What went wrong, in a sentence that never holds what people typed.

use matrix_sdk_crypto::{
    CryptoStoreError, MegolmError, OlmError, SecretImportError, SessionRecipientCollectionError, SignatureError,
};

#[derive(Debug)]
pub struct Failure(pub String);

pub type Outcome<T> = Result<T, Failure>;

pub fn failure<T>(sentence: impl Into<String>) -> Outcome<T> {
    Err(Failure(sentence.into()))
}

impl From<serde_json::Error> for Failure {
    /// Its own text quotes the value that did not fit.
    fn from(error: serde_json::Error) -> Self {
        Failure(format!("the JSON is not of the expected form (line {}, column {})", error.line(), error.column()))
    }
}

impl From<ruma::IdParseError> for Failure {
    fn from(error: ruma::IdParseError) -> Self {
        Failure(format!("an identifier cannot be read: {error}"))
    }
}

impl From<CryptoStoreError> for Failure {
    fn from(error: CryptoStoreError) -> Self {
        Failure(match error {
            CryptoStoreError::MismatchedAccount { expected: (user, device), .. } => format!(
                "the store of keys belongs to {user}, device {device}; give the bot that account back or another folder"
            ),
            CryptoStoreError::Backend(error) => format!("the store of keys cannot be read or written: {error}"),
            CryptoStoreError::AccountUnset => "the store of keys has no account".to_owned(),
            _ => "the store of keys holds something that cannot be read".to_owned(),
        })
    }
}

impl From<OlmError> for Failure {
    fn from(error: OlmError) -> Self {
        use SessionRecipientCollectionError::*;
        match error {
            OlmError::Store(error) => error.into(),
            OlmError::SessionRecipientCollectionError(error) => Failure(match error {
                CrossSigningNotSetup => {
                    "strict mode needs the bot to have an identity of its own (cross-signing), and it has none"
                        .to_owned()
                }
                SendingFromUnverifiedDevice => {
                    "strict mode needs the bot's device to be signed by its identity, and it is not".to_owned()
                }
                VerifiedUserChangedIdentity(users) => format!(
                    "a person who was verified has a new identity and must be verified again: {}",
                    users.iter().map(|user| user.as_str()).collect::<Vec<_>>().join(", ")
                ),
                _ => "a person who was verified has a device that is not signed".to_owned(),
            }),
            OlmError::MissingSession => Failure("there is no session with that device".to_owned()),
            _ => Failure("the encrypted data could not be handled".to_owned()),
        }
    }
}

impl From<MegolmError> for Failure {
    fn from(error: MegolmError) -> Self {
        match error {
            MegolmError::Store(error) => error.into(),
            _ => Failure("the event could not be encrypted".to_owned()),
        }
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::StoreError(error) => error.into(),
            _ => Failure("a key could not be signed; are the private keys of the identity there?".to_owned()),
        }
    }
}

impl From<SecretImportError> for Failure {
    fn from(error: SecretImportError) -> Self {
        match error {
            SecretImportError::Store(error) => error.into(),
            SecretImportError::MismatchedPublicKeys { .. } => Failure(
                "the stored secrets belong to another identity than the one on the server; it was reset since"
                    .to_owned(),
            ),
            _ => Failure("a stored secret is not a key".to_owned()),
        }
    }
}

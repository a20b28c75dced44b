#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod account;
pub use account::Account;

mod algorithm;
pub use algorithm::{Algorithm, Qop};

mod challenge;
pub use challenge::Challenge;

mod client;
pub use client::{Attempts, Client};

mod credentials;
pub use credentials::Credentials;

mod error;
pub use error::{ClientError, DigestError};

mod hash;

mod nonce;

mod parameters;

mod response;
pub use response::Request;

mod secret;
pub use secret::Secret;

mod server;
pub use server::{Refusal, Server, ServerLimits, Verdict};

mod window;

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

mod attempts;
pub use attempts::Attempts;

mod authentication_info;
pub use authentication_info::AuthenticationInfo;

mod challenge;
pub use challenge::Challenge;

mod challenger;
pub use challenger::Challenger;

mod client;
pub use client::{Answer, Client, Origin};

mod confirmation;
pub use confirmation::Confirmation;

mod credentials;
pub use credentials::Credentials;

mod error;
pub use error::{ClientError, DigestError, ProofError};

mod hash;

mod limits;
pub use limits::Limits;

mod memory;

mod nonce;

mod offer;
pub use offer::Offer;

mod parameters;

mod proof;
pub use proof::ServerProof;

mod response;
pub use response::Request;

mod secret;
pub use secret::Secret;

mod server;
pub use server::{Server, ServerLimits};

mod texts;

mod user;
pub use user::User;

mod verdict;
pub use verdict::{Refusal, Verdict};

mod window;

mod write;

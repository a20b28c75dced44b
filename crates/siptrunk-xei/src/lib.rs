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

mod builder;
pub use builder::XEiBuilder;

mod context;
pub use context::{
    CallContext, Limits, SAFE_UDP_SIZE, Variable, context_name, context_value, size_on_wire,
};

mod error;
pub use error::{ContextError, DecodeError, UnknownSource, XEiError};

mod forgiven;
pub use forgiven::{Forgiven, Forgivens};

mod octets;

mod original;
pub use original::{
    OriginalCaller, OriginalSource, diverting_user, original_caller, original_caller_in,
};

mod token;
pub use token::{Prefix, Token, Tokens};

mod uri_component;
pub use uri_component::{Encoded, decode_uri_component, encode_uri_component};

mod x_ei;
pub use x_ei::XEi;

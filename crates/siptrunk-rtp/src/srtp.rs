//! SRTP and SRTCP: packets enciphered, authenticated and checked in place (RFC 3711, RFC 6188,
//! RFC 7714).
//!
//! ```
//! use siptrunk_rtp::srtp::{Config, MasterKey, Profile, Protector, SrtpError, Unprotector};
//!
//! let key = MasterKey::new(Profile::AesCm128HmacSha1_80, &[7; 30])?;
//! let mut sender = Protector::new(&key, &Config::default());
//! let mut receiver = Unprotector::new(&key, &Config::default());
//!
//! let mut buffer = [0; 182];
//! let header = siptrunk_rtp::PacketBuilder { ssrc: 0x5eed, ..Default::default() };
//! let length = header.write_into(&mut buffer, &[0xff; 160])?;
//!
//! let protected = sender.protect_rtp(&mut buffer, length)?;
//! let replayed = &mut buffer.clone()[..protected];
//! assert_eq!(receiver.unprotect_rtp(&mut buffer[..protected])?, length);
//! assert_eq!(receiver.unprotect_rtp(replayed), Err(SrtpError::Replayed { index: 0 }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
pub use config::Config;

mod error;
pub use error::{KeyError, SrtpError};

mod profile;
pub use profile::Profile;

mod key;
pub use key::MasterKey;

mod stream;
pub use stream::Position;

mod protector;
pub use protector::Protector;

mod unprotector;
pub use unprotector::Unprotector;

mod counter;
mod derive;
mod gcm;
mod header;
mod hmac;
mod index;
mod layout;
mod replay;
mod transform;

#[cfg(test)]
mod tests;

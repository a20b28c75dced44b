//! DTMF and other named events as RTP payload (RFC 4733).
//!
//! [`EventEncoder`] says what to send for one event, [`EventDecoder`] makes events of what
//! arrives, each exactly once however packets are lost, doubled or swapped. Both count in
//! timestamp units and so work at any clock rate.
//!
//! ```
//! use std::time::Instant;
//!
//! use siptrunk_rtp::telephone_event::{DecodedEvent, EventCode, EventDecoder, EventEncoder};
//! use siptrunk_rtp::{Packet, Sequence, Timestamp};
//!
//! // "5", 100 ms long, beginning now in the stream's own timestamps.
//! let start = Timestamp(8_000);
//! let mut encoder = EventEncoder::new(EventCode::from_digit('5').unwrap(), 10, start);
//! encoder.release(start + 800);
//!
//! let now = Instant::now();
//! let mut decoder = EventDecoder::new(8_000);
//! let (mut media_time, mut sequence) = (start, Sequence(1));
//! while !encoder.is_finished() {
//!     media_time += 160; // each 20 ms
//!     encoder.handle_tick(media_time);
//!     while let Some(report) = encoder.poll_packet() {
//!         let mut packet = [0; 16];
//!         report.header(101, sequence, 0x5eed).write_into(&mut packet, &report.payload())?;
//!         sequence = sequence.next();
//!         decoder.handle_packet(now, &Packet::parse(&packet)?);
//!     }
//! }
//! let Some(DecodedEvent::Started { code, .. }) = decoder.poll_event() else { panic!() };
//! assert_eq!(code.digit(), Some('5'));
//! let Some(DecodedEvent::Ended { duration, .. }) = decoder.poll_event() else { panic!() };
//! assert_eq!(duration, 800);
//! assert!(decoder.poll_event().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod event;
pub use event::{Event, EventCode, LENGTH, events};

mod encoder;
pub use encoder::{EventEncoder, EventPacket};

mod decoder;
pub use decoder::{DecodedEvent, DecoderLimits, EventDecoder};

mod set;
pub use set::EventSet;

mod tone;
pub use tone::Tone;

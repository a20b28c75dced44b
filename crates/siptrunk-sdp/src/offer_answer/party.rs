//! The side that we play towards one peer: all that our descriptions for it are made of.

use super::policy::{CodecOrder, CodecPolicy, LocalMedia, SrtpPolicy};
use crate::attribute::CryptoSuite;
use crate::attribute::SrtpKey;
use crate::direction::Direction;
use crate::origin::Origin;

/// What we are towards one peer: the codecs that we take, where we take media, our `o=` line, and
/// by choice an order, a direction, SRTP and more than one stream.
///
/// ```
/// use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, Party, SrtpMode, SrtpPolicy};
/// use siptrunk_sdp::{CryptoSuite, Origin};
///
/// let codecs = CodecPolicy::default();
/// let local = LocalMedia { address: "192.0.2.2".parse()?, port: 20_000 };
/// let origin = Origin::new(7, 1, local.address);
/// let srtp = SrtpPolicy { mode: SrtpMode::Required, ..SrtpPolicy::default() };
/// # let mut random = |bytes: &mut [u8]| bytes.fill(7);
/// let offer = Party::new(&codecs, &local, &origin).secured(&srtp, &mut random).offer();
/// assert_eq!(offer.media().next().map(|media| media.protocol()), Some("RTP/SAVP"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Party<'a> {
    pub(super) codecs: &'a CodecPolicy,
    pub(super) origin: &'a Origin<'a>,
    pub(super) order: CodecOrder,
    pub(super) direction: Direction,
    pub(super) rtcp_mux: bool,
    first: &'a LocalMedia,
    more: &'a [LocalMedia],
    srtp: Option<Srtp<'a>>,
}

/// How media is to be secured, and where keys come from.
struct Srtp<'a> {
    policy: &'a SrtpPolicy,
    fill: &'a mut dyn FnMut(&mut [u8]),
}

impl<'a> Party<'a> {
    /// One stream of plain RTP both ways, codecs in the offerer's order.
    pub fn new(codecs: &'a CodecPolicy, local: &'a LocalMedia, origin: &'a Origin<'a>) -> Self {
        Self {
            codecs,
            origin,
            order: CodecOrder::Offerer,
            direction: Direction::SendRecv,
            rtcp_mux: false,
            first: local,
            more: &[],
            srtp: None,
        }
    }

    /// Whose order of codecs counts in what we write.
    #[must_use]
    pub fn ordered(mut self, order: CodecOrder) -> Self {
        self.order = order;
        self
    }

    /// What we are willing to do: `sendonly` puts the peer on hold, in an offer as in an answer.
    #[must_use]
    pub fn directed(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// RTCP on RTP's port (RFC 5761) if the peer agrees.
    #[must_use]
    pub fn with_rtcp_mux(mut self) -> Self {
        self.rtcp_mux = true;
        self
    }

    /// As many more audio streams as there are places.
    #[must_use]
    pub fn with_more(mut self, local: &'a [LocalMedia]) -> Self {
        self.more = local;
        self
    }

    /// SRTP as the policy says. `fill` makes the keys: it fills the room it is given with bytes
    /// that nobody can guess. In a re-offer or its answer, the bytes of before keep the key of
    /// before; a changed address or port needs new ones (RFC 4568 section 7.1.4).
    #[must_use]
    pub fn secured(mut self, policy: &'a SrtpPolicy, fill: &'a mut dyn FnMut(&mut [u8])) -> Self {
        self.srtp = Some(Srtp { policy, fill });
        self
    }

    /// Where the first stream is.
    pub(super) fn first(&self) -> &'a LocalMedia {
        self.first
    }

    /// Where each stream is.
    pub(super) fn places(&self) -> impl Iterator<Item = &'a LocalMedia> + use<'a> {
        std::iter::once(self.first).chain(self.more)
    }

    /// The policy for SRTP; off, where nothing was said.
    pub(super) fn srtp_policy(&self) -> SrtpPolicy {
        self.srtp.as_ref().map(|srtp| srtp.policy.clone()).unwrap_or_default()
    }

    /// A new key; `None` without [`Party::secured`].
    pub(super) fn new_key(&mut self, suite: CryptoSuite) -> Option<SrtpKey> {
        let Srtp { fill, .. } = self.srtp.as_mut()?;
        Some(SrtpKey::generate(suite, *fill))
    }
}

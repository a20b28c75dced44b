//! Who may cost us what: known sources all there is, strangers a share of it, judged in the order
//! of cost: address, rate, and only then what was said.

use std::{net::IpAddr, time::Instant};

use ipnet::IpNet;

use crate::{KeyedHash, Seed};

mod buckets;
use buckets::Buckets;

mod known;
use known::Networks;

mod shares;
pub(crate) use shares::{Shares, most_of};

/// Which sources are known, and what all others may take. The default knows everyone.
///
/// The known are never limited, evicted or refused by what is here: they stand in a table of their
/// own, so that no flood of strangers locks a trunk out.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Who is no stranger.
    pub known: Known,
    /// What each stranger may send: 100 requests a second, 200 at once. A request over it is
    /// dropped unread, since even a refusal costs more than that and might go to a forged address.
    /// Responses do not count: without a branch of ours they cost a parse.
    pub rate: Rate,
    /// How many strangers' rates are remembered: 65,536, in 1 MiB that the first one takes. If
    /// there are more, the one whose rate is least used is forgotten, which loses least.
    pub remembered: usize,
    /// Server transactions of all strangers together: 10,000. The last eighth takes only requests
    /// inside dialogs. [`max_transactions`](crate::Config::max_transactions) holds besides.
    pub strangers: usize,
    /// Server transactions of one stranger: 200.
    pub per_stranger: usize,
    /// Late answers, of all sources that are known together: 100 a second, 200 at once. See
    /// [`Event::LateAnswer`](crate::Event::LateAnswer).
    pub late_answers: Rate,
    /// How a stranger is refused who has his share of transactions, or whose kind has.
    pub refusal: Refusal,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            known: Known::default(),
            rate: Rate::default(),
            remembered: 65_536,
            strangers: 10_000,
            per_stranger: 200,
            late_answers: Rate::default(),
            refusal: Refusal::default(),
        }
    }
}

/// Whose packets are known: trunks, and whoever else is provisioned.
///
/// Clients of RFC 2543, whose branches identify nothing, are matched as RFC 3261 section 17.2.3
/// says if they are known; a stranger's request of that kind is malformed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// All: something in front of the layer has judged them, a firewall or the core above.
    #[default]
    Everyone,
    /// Those in these networks.
    Networks(Vec<IpNet>),
}

/// Packets that one source may send; a token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// On and on, each second. Zero counts as one.
    pub per_second: u32,
    /// At once, after a rest. Zero counts as one.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: 100, burst: 200 }
    }
}

/// What a stranger hears for whom there is no room. Nobody is sent more than came in his name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// A stateless 503 with Retry-After: the truth, for strangers who may be guests.
    #[default]
    Unavailable,
    /// Nothing.
    Silence,
}

/// One stranger, as the tables know him: the keyed hash of his address, or of the /64 network that
/// an IPv6 host draws its addresses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stranger(u64);

/// Why there is no room for a stranger's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoShare {
    /// He has his share.
    Own,
    /// All strangers together have theirs.
    All,
}

/// The table of sources, and the rates of those who do not stand in it.
#[derive(Debug)]
pub(crate) struct Gate {
    known: Option<Networks>,
    buckets: Buckets,
    /// One bucket for the late answers of all.
    late: Buckets,
    hash: KeyedHash,
}

impl Gate {
    pub(crate) fn new(config: &Admission, seed: &Seed) -> Self {
        Self {
            known: Networks::of(&config.known),
            buckets: Buckets::new(config.rate, config.remembered),
            late: Buckets::new(config.late_answers, 1),
            hash: seed.derive(b"strangers").hasher(),
        }
    }

    /// Other sources are known from now on.
    pub(crate) fn know(&mut self, known: &Known) {
        self.known = Networks::of(known);
    }

    /// Who sends from this address, if nobody known does.
    pub(crate) fn stranger(&self, address: IpAddr) -> Option<Stranger> {
        let known = self.known.as_ref()?;
        let address = address.to_canonical();
        (!known.contains(address)).then(|| {
            Stranger(match address {
                IpAddr::V4(address) => self.hash.hash(&address.octets()),
                IpAddr::V6(address) => self.hash.hash(&address.octets()[..8]),
            })
        })
    }

    /// Whether his rate allows one packet more, which it then counts.
    pub(crate) fn take(&mut self, now: Instant, stranger: Stranger) -> bool {
        self.buckets.take(now, stranger)
    }

    /// Whether there is room for one late answer more, which it then counts.
    pub(crate) fn take_late(&mut self, now: Instant) -> bool {
        self.late.take(now, Stranger(0))
    }
}

//! Rules on transfers: REFER and the NOTIFYs that tell of it (RFC 3515).

use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

use super::{Sight, Witness, rule::Rule, wire};

/// What is known of the REFERs of each Call-ID.
#[derive(Debug, Default)]
pub(super) struct Transfers(BTreeMap<String, Vec<Transfer>>);

/// A REFER and what was told of it.
#[derive(Debug)]
struct Transfer {
    /// The tag of who asked.
    asker: String,
    cseq: u32,
    /// A 2xx that makes a subscription: when, from and to whom, and its first line.
    accepted: Option<(Instant, SocketAddr, SocketAddr, String)>,
    notified: bool,
    over: bool,
}

impl Transfers {
    /// The REFER that a NOTIFY tells of: the one with the number of its `id`, or the first.
    fn told_by(&mut self, call_id: &str, asker: &str, id: Option<u32>) -> Option<&mut Transfer> {
        let of_call = self.0.get_mut(call_id)?;
        let mut asked = of_call.iter_mut().filter(|transfer| transfer.asker == asker);
        asked.find(|transfer| id.is_none_or(|id| id == transfer.cseq))
    }
}

impl Witness {
    pub(super) fn judge_refer(&mut self, sight: &Sight<'_>, cseq: u32, call_id: &str, tag: &str) {
        let targets = sight.wire.all("refer-to").flat_map(wire::split_list).count();
        if targets != 1 {
            self.report(sight, Rule::ReferTo, format!("{targets} Refer-To, not one"));
        }
        self.transfers.0.entry(call_id.to_owned()).or_default().push(Transfer {
            asker: tag.to_owned(),
            cseq,
            accepted: None,
            notified: false,
            over: false,
        });
    }

    /// The answer to a REFER: a 2xx makes a subscription, unless both sides do without
    /// (RFC 4488).
    pub(super) fn judge_referred(&mut self, sight: &Sight<'_>, call_id: &str, cseq: u32) {
        let none = sight.wire.first("refer-sub").is_some_and(|value| value.starts_with("false"));
        let of_call = self.transfers.0.get_mut(call_id).into_iter().flatten();
        for transfer in of_call.filter(|transfer| transfer.cseq == cseq && !none) {
            let line = sight.wire.first_line.to_owned();
            transfer.accepted.get_or_insert((sight.at, sight.from, sight.to, line));
        }
    }

    pub(super) fn judge_notify(&mut self, sight: &Sight<'_>, call_id: &str) {
        let wire = sight.wire;
        let (event, state) = (wire.first("event"), wire.first("subscription-state"));
        let (Some(event), Some(state)) = (event, state) else {
            let detail = "no Event or no Subscription-State".to_owned();
            return self.report(sight, Rule::Notify, detail);
        };
        let kind = event.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("refer") {
            return;
        }
        if wire.fragment().is_none_or(|status| !status.starts_with("SIP/2.0 ")) {
            let detail = "no message/sipfrag that begins with a status line".to_owned();
            self.report(sight, Rule::Notify, detail);
        }
        let id = wire::parameter(event, "id").and_then(|id| id.parse().ok());
        let asker = wire.tag("to").unwrap_or_default();
        let wrong = match self.transfers.told_by(call_id, asker, id) {
            None => Some("no REFER has asked for it"),
            Some(transfer) => {
                transfer.notified = true;
                let ends = state.trim_start().to_ascii_lowercase().starts_with("terminated");
                let was_over = std::mem::replace(&mut transfer.over, ends);
                was_over.then_some("the last NOTIFY has terminated the subscription")
            }
        };
        if let Some(wrong) = wrong {
            self.report(sight, Rule::Notify, wrong.to_owned());
        }
    }

    /// At the end: each REFER that was accepted has had a NOTIFY.
    pub(super) fn judge_missing_notifies(&mut self) {
        let of_all = self.transfers.0.values().flatten();
        let silent = of_all.filter(|transfer| !transfer.notified);
        let missing: Vec<_> = silent.filter_map(|transfer| transfer.accepted.clone()).collect();
        for (at, from, to, line) in missing {
            let detail = "no NOTIFY was sent after it".to_owned();
            self.push(at, from, to, &line, Rule::NotifyMissing, detail);
        }
    }
}

//! Rules on session descriptions: offers, answers, versions.

use std::collections::BTreeMap;

use super::{
    Sight, Witness,
    exchange::{Exchange, Key},
    rule::Rule,
};

/// The last description of each sender within a Call-ID.
#[derive(Debug, Default)]
pub(super) struct Descriptions(BTreeMap<(String, String), String>);

impl Witness {
    /// A sender has one offer open at a time.
    pub(super) fn judge_offer(
        &mut self,
        sight: &Sight<'_>,
        method: &str,
        call_id: &str,
        from_tag: &str,
    ) {
        // A request outside a dialog may go to several targets, each with the same offer.
        let new_offer = matches!(method, "INVITE" | "UPDATE")
            && sight.wire.sdp().is_some()
            && sight.wire.tag("to").is_some();
        if !new_offer {
            return;
        }
        let sender = self.senders.get(&(call_id.to_owned(), from_tag.to_owned()));
        let open = sender.into_iter().flat_map(|sender| &sender.offers).any(|key| {
            self.exchanges.get(key).is_some_and(|exchange| {
                sight.at.saturating_duration_since(exchange.at) < self.t1 * 64
            })
        });
        if open {
            let detail = "a new offer while the last one is open".to_owned();
            self.report(sight, Rule::OfferAnswer, detail);
        }
    }

    /// An answer, or the offer of a 2xx.
    pub(super) fn judge_answer(
        &mut self,
        sight: &Sight<'_>,
        status: u16,
        method: &str,
        exchange: &mut Exchange,
    ) {
        if status == 100 || status >= 300 {
            return;
        }
        let tag = sight.wire.tag("to").unwrap_or_default().to_owned();
        match (sight.wire.sdp(), &exchange.offer) {
            (Some(here), offer) => {
                let lines = |text: &str| text.lines().filter(|l| l.starts_with("m=")).count();
                if let Some(offer) = offer
                    && lines(offer) != lines(here)
                {
                    let detail = format!("{} media lines answer {}", lines(here), lines(offer));
                    self.report(sight, Rule::OfferAnswer, detail);
                }
                let first = exchange.answers.entry(tag).or_insert_with(|| here.to_owned());
                if first != here {
                    let detail = "differs from the description in an earlier response".to_owned();
                    self.report(sight, Rule::OfferAnswer, detail);
                }
            }
            (None, Some(_)) if status >= 200 => {
                self.report(sight, Rule::OfferAnswer, "the offer got no answer".into());
            }
            (None, None) if status >= 200 && method == "INVITE" => {
                let detail = "the INVITE had no offer, and the 2xx has none".to_owned();
                self.report(sight, Rule::OfferAnswer, detail);
            }
            (None, _) => {}
        }
    }

    /// The ACK of a 2xx answers the offer of the 2xx, and nothing else.
    pub(super) fn judge_ack_description(
        &mut self,
        sight: &Sight<'_>,
        invite: &Key,
        call_id: &str,
        from_tag: &str,
    ) {
        let Some(exchange) = self.exchanges.get(invite) else { return };
        let tag = sight.wire.tag("to").unwrap_or_default();
        let offered = exchange.offer.is_none() && exchange.answers.contains_key(tag);
        match (sight.wire.sdp(), offered) {
            (Some(_), false) => {
                let detail = "a description in the ACK, where no offer is open".to_owned();
                self.report(sight, Rule::OfferAnswer, detail);
            }
            (None, true) => {
                let detail = "the offer of the 2xx got no answer in the ACK".to_owned();
                self.report(sight, Rule::OfferAnswer, detail);
            }
            _ => {}
        }
        self.judge_description(sight, call_id, from_tag);
    }

    /// The origin line: all but the version stay; the version rises by one with each change.
    pub(super) fn judge_description(&mut self, sight: &Sight<'_>, call_id: &str, tag: &str) {
        let Some(here) = sight.wire.sdp() else { return };
        let Some((origin, version)) = origin(here) else {
            let detail = "no origin line with a numeric version".to_owned();
            self.report(sight, Rule::SdpVersion, detail);
            return;
        };
        let last =
            self.descriptions.0.insert((call_id.to_owned(), tag.to_owned()), here.to_owned());
        let Some(last) = last.filter(|last| last != here) else { return };
        let Some((last_origin, last_version)) = self::origin(&last) else { return };
        let detail = if origin != last_origin {
            format!("origin is {origin}, was {last_origin}")
        } else if Some(version) != last_version.checked_add(1) {
            format!("version {version} after {last_version}, and the description changed")
        } else {
            return;
        };
        self.report(sight, Rule::SdpVersion, detail);
    }
}

/// The origin line without its version, and the version.
fn origin(text: &str) -> Option<(String, u64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("o="))?;
    let words: Vec<&str> = line.split(' ').collect();
    let [user, id, version, net, kind, address] = words.as_slice() else { return None };
    Some((format!("{user} {id} {net} {kind} {address}"), version.parse().ok()?))
}

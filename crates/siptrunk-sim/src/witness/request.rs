//! Rules on requests, and on the ACKs that have to be among them.

use std::time::Instant;

use super::{
    Sight, Witness,
    exchange::{Exchange, Final, Key},
    rule::Rule,
    wire,
};

/// The methods whose requests need a Contact: those that make or refresh a dialog.
const WITH_CONTACT: [&str; 5] = ["INVITE", "UPDATE", "SUBSCRIBE", "REFER", "NOTIFY"];

impl Witness {
    pub(super) fn judge_request(&mut self, sight: &Sight<'_>, method: &str, uri: &str) {
        self.judge_headers(sight, method);
        let Some(key) = Key::of(sight, method) else {
            self.report(sight, Rule::BranchCookie, "no branch in the top Via".into());
            return;
        };
        if !key.branch.starts_with("z9hG4bK") || key.branch.len() <= "z9hG4bK".len() {
            let detail = format!("branch {} has no magic cookie", key.branch);
            self.report(sight, Rule::BranchCookie, detail);
        }
        // What has no mandatory headers was reported; it cannot be followed.
        let (Some((cseq, _)), Some(call_id), Some(from_tag)) =
            (sight.wire.cseq(), sight.wire.first("call-id"), sight.wire.tag("from"))
        else {
            return;
        };
        if method == "ACK" {
            self.judge_ack(sight, &key, cseq, call_id, from_tag);
            return;
        }
        if let Some(known) = self.exchanges.get(&key) {
            let (same_bytes, same_request) =
                (known.bytes == sight.bytes, known.call_id == call_id && known.cseq == cseq);
            if !same_request {
                let detail = format!("branch {} already used for another {method}", key.branch);
                self.report(sight, Rule::BranchUnique, detail);
            } else if !same_bytes {
                let detail = "differs from what was sent under this branch before".to_owned();
                self.report(sight, Rule::Retransmission, detail);
            }
            return;
        }
        if method == "CANCEL" {
            self.judge_cancel(sight, &key, uri, cseq);
        } else {
            self.judge_branch(sight, &key);
            self.judge_cseq(sight, method, cseq, call_id, from_tag);
            self.judge_dialog(sight, method, call_id, from_tag);
            self.judge_hop(sight, method);
        }
        match method {
            "REFER" => self.judge_refer(sight, cseq, call_id, from_tag),
            "NOTIFY" => self.judge_notify(sight, call_id),
            "REGISTER" => self.judge_register(sight, uri),
            _ => {}
        }
        self.judge_offer(sight, method, call_id, from_tag);
        self.judge_description(sight, call_id, from_tag);
        self.remember(sight, key, method, uri, cseq, call_id, from_tag);
    }

    fn judge_headers(&mut self, sight: &Sight<'_>, method: &str) {
        let wire = sight.wire;
        match (wire.all("max-forwards").count(), wire.first("max-forwards")) {
            (1, Some(value)) if value.parse::<u8>().is_err() => {
                self.report(sight, Rule::MaxForwards, format!("{value} is no number up to 255"));
            }
            (1, _) => {}
            (n, _) => {
                let detail = format!("{n} fields max-forwards, not one");
                self.report(sight, Rule::MandatoryHeaders, detail);
            }
        }
        if let Some((_, named)) = wire.cseq()
            && named != method
        {
            self.report(sight, Rule::CseqMethod, format!("CSeq says {named}"));
        }
        if WITH_CONTACT.contains(&method) {
            self.judge_contact(sight);
        }
    }

    pub(super) fn judge_contact(&mut self, sight: &Sight<'_>) {
        let contacts = sight.wire.all("contact").flat_map(wire::split_list).count();
        if contacts != 1 {
            self.report(sight, Rule::Contact, format!("{contacts} Contacts, not one"));
        }
    }

    /// A branch of another method's request is taken as well.
    fn judge_branch(&mut self, sight: &Sight<'_>, key: &Key) {
        let from = Key { method: String::new(), ..key.clone() };
        let taken = self
            .exchanges
            .range(from..)
            .take_while(|(other, _)| (&other.branch, &other.sent_by) == (&key.branch, &key.sent_by))
            .map(|(other, _)| other.method.clone())
            .next();
        if let Some(method) = taken {
            let detail = format!("branch {} already used for a {method}", key.branch);
            self.report(sight, Rule::BranchUnique, detail);
        }
    }

    fn judge_cseq(
        &mut self,
        sight: &Sight<'_>,
        method: &str,
        cseq: u32,
        call_id: &str,
        from_tag: &str,
    ) {
        let sender = self.senders.entry((call_id.to_owned(), from_tag.to_owned())).or_default();
        let Some((highest, its_method, its_target)) = &sender.highest else { return };
        // RFC 3263 4.3: the next target gets the same request under a new branch.
        let next_target = cseq == *highest
            && its_method == method
            && *its_target != sight.to
            && sight.wire.tag("to").is_none();
        if cseq <= *highest && !next_target {
            let detail = format!("CSeq {cseq}, but {its_method} of this sender had {highest}");
            self.report(sight, Rule::CseqRising, detail);
        }
    }

    fn judge_dialog(&mut self, sight: &Sight<'_>, method: &str, call_id: &str, from_tag: &str) {
        let Some(to_tag) = sight.wire.tag("to") else { return };
        if !self.dialogs.knows(call_id, from_tag, to_tag) {
            let detail = format!("no dialog has the tags {from_tag} and {to_tag}");
            self.report(sight, Rule::DialogTags, detail);
        }
        if method == "BYE" {
            self.judge_early_bye(sight, call_id, from_tag, to_tag);
        }
    }

    fn judge_early_bye(&mut self, sight: &Sight<'_>, call_id: &str, from_tag: &str, to_tag: &str) {
        // The BYE's sender was called: the INVITE came from the tag in its To.
        let caller = (call_id.to_owned(), to_tag.to_owned());
        let Some(sender) = self.senders.get(&caller) else { return };
        let open = sender
            .invites
            .values()
            .flatten()
            .filter_map(|key| self.exchanges.get(key))
            .flat_map(|exchange| &exchange.finals)
            .find(|last| last.status < 300 && last.to_tag == from_tag && !last.acknowledged);
        let answer = (call_id.to_owned(), from_tag.to_owned());
        let since =
            |last: &Final| self.submitted.get(&answer).map_or(last.at, |at| last.at.min(*at));
        let waited = open.map(|last| sight.at.saturating_duration_since(since(last)));
        if waited.is_some_and(|waited| waited < self.t1 * 64) {
            self.report(sight, Rule::ByeBeforeAck, "its 2xx has no ACK yet".into());
        }
    }

    /// A proxy's request carries the Via of the one that it forwards.
    fn judge_hop(&mut self, sight: &Sight<'_>, method: &str) {
        let vias = sight.wire.vias();
        let Some(below) = vias.get(1) else { return };
        let Some(branch) = wire::parameter(below, "branch") else { return };
        let key = Key {
            branch: branch.to_owned(),
            sent_by: wire::sent_by(below),
            method: method.to_owned(),
        };
        let before = self.exchanges.get(&key).and_then(|exchange| exchange.max_forwards);
        let here = max_forwards(sight);
        if let (Some(before), Some(here)) = (before, here)
            && here >= before
        {
            let detail = format!("{here} after {before} one hop before");
            self.report(sight, Rule::MaxForwardsFalling, detail);
        }
    }

    fn judge_cancel(&mut self, sight: &Sight<'_>, key: &Key, uri: &str, cseq: u32) {
        let Some(invite) = self.exchanges.get(&key.with_method("INVITE")) else {
            self.report(sight, Rule::CancelMirrors, "no INVITE has this branch".into());
            return;
        };
        let wire = sight.wire;
        let pairs = [
            ("Request-URI", invite.uri.as_str(), uri),
            ("Call-ID", invite.call_id.as_str(), wire.first("call-id").unwrap_or_default()),
            ("From", invite.from_header.as_str(), wire.first("from").unwrap_or_default()),
            ("To", invite.to_header.as_str(), wire.first("to").unwrap_or_default()),
        ];
        let mut wrong: Vec<String> = pairs
            .iter()
            .filter(|(_, of_invite, here)| wire::squeezed(of_invite) != wire::squeezed(here))
            .map(|(name, of_invite, here)| format!("{name} is {here}, the INVITE had {of_invite}"))
            .collect();
        if invite.cseq != cseq {
            wrong.push(format!("CSeq is {cseq}, the INVITE had {}", invite.cseq));
        }
        if wire.vias().len() != 1 {
            wrong.push(format!("{} Vias, not one", wire.vias().len()));
        }
        let early = !invite.provisional && invite.finals.is_empty();
        for detail in wrong {
            self.report(sight, Rule::CancelMirrors, detail);
        }
        if early {
            self.report(sight, Rule::CancelEarly, "no provisional response has arrived".into());
        }
    }

    fn judge_ack(
        &mut self,
        sight: &Sight<'_>,
        key: &Key,
        cseq: u32,
        call_id: &str,
        from_tag: &str,
    ) {
        let to_tag = sight.wire.tag("to").unwrap_or_default();
        let invite_key = key.with_method("INVITE");
        if let Some(invite) = self.exchanges.get_mut(&invite_key) {
            let mut details = Vec::new();
            if invite.cseq != cseq {
                details.push((
                    Rule::CseqOfAck,
                    format!("CSeq {cseq}, the INVITE had {}", invite.cseq),
                ));
            }
            match invite.finals.iter_mut().find(|last| last.to_tag == to_tag) {
                Some(last) if last.status < 300 => {
                    let detail = "the ACK of a 2xx has the branch of the INVITE".to_owned();
                    details.push((Rule::AckBranch, detail));
                    last.acknowledged = true;
                }
                Some(last) => last.acknowledged = true,
                None => {
                    let detail = format!("no final response had the To tag {to_tag}");
                    details.push((Rule::DialogTags, detail));
                }
            }
            for (rule, detail) in details {
                self.report(sight, rule, detail);
            }
            return;
        }
        let sender = self.senders.get(&(call_id.to_owned(), from_tag.to_owned()));
        let invites: Vec<Key> =
            sender.and_then(|sender| sender.invites.get(&cseq)).cloned().unwrap_or_default();
        if invites.is_empty() {
            let detail = format!("no INVITE of this sender had CSeq {cseq}");
            self.report(sight, Rule::CseqOfAck, detail);
            return;
        }
        let mut rejected = false;
        for invite in &invites {
            let Some(exchange) = self.exchanges.get_mut(invite) else { continue };
            for last in exchange.finals.iter_mut().filter(|last| last.to_tag == to_tag) {
                if last.status < 300 {
                    last.acknowledged = true;
                    self.judge_ack_description(sight, invite, call_id, from_tag);
                    self.judge_ack_reuse(sight, key);
                    return;
                }
                rejected = true;
            }
        }
        if rejected {
            let detail = "the ACK of a rejection has not the branch of the INVITE".to_owned();
            self.report(sight, Rule::AckBranch, detail);
        } else {
            let detail = format!("no 2xx to this INVITE had the To tag {to_tag}");
            self.report(sight, Rule::DialogTags, detail);
        }
    }

    /// The branch of the ACK of a 2xx belongs to this ACK alone.
    fn judge_ack_reuse(&mut self, sight: &Sight<'_>, key: &Key) {
        self.judge_branch(sight, &Key { method: String::new(), ..key.clone() });
        let known = self.acks.entry(key.clone()).or_insert_with(|| sight.bytes.clone());
        if known != sight.bytes {
            let detail = "differs from the ACK that was sent under this branch before".to_owned();
            self.report(sight, Rule::Retransmission, detail);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one message, read once")]
    fn remember(
        &mut self,
        sight: &Sight<'_>,
        key: Key,
        method: &str,
        uri: &str,
        cseq: u32,
        call_id: &str,
        from_tag: &str,
    ) {
        if self.exchanges.len() >= super::EXCHANGES {
            self.unfollowed += 1;
            return;
        }
        let wire = sight.wire;
        let offer = if matches!(method, "INVITE" | "UPDATE") {
            wire.sdp().map(str::to_owned)
        } else {
            None
        };
        let sender = self.senders.entry((call_id.to_owned(), from_tag.to_owned())).or_default();
        if method != "CANCEL" && sender.highest.as_ref().is_none_or(|(highest, ..)| cseq > *highest)
        {
            sender.highest = Some((cseq, method.to_owned(), sight.to));
        }
        if method == "INVITE" {
            sender.invites.entry(cseq).or_default().push(key.clone());
        }
        if offer.is_some() {
            sender.offers.push(key.clone());
        }
        let exchange = Exchange {
            at: sight.at,
            from: sight.from,
            to: sight.to,
            bytes: sight.bytes.clone(),
            uri: uri.to_owned(),
            call_id: call_id.to_owned(),
            from_tag: from_tag.to_owned(),
            to_tag: wire.tag("to").map(str::to_owned),
            cseq,
            max_forwards: max_forwards(sight),
            vias: wire.vias().into_iter().map(wire::via_as_sent).collect(),
            from_header: wire.first("from").unwrap_or_default().to_owned(),
            to_header: wire.first("to").unwrap_or_default().to_owned(),
            binds: method == "REGISTER" && binds(wire),
            offer,
            provisional: false,
            response_tag: None,
            finals: Vec::new(),
            answers: std::collections::BTreeMap::new(),
        };
        self.exchanges.insert(key, exchange);
    }

    /// At the end: each final response to an INVITE that arrived has had its ACK.
    pub(super) fn judge_missing_acks(&mut self) {
        let t1 = self.t1;
        let given_up = |exchange: &Exchange, last: &Final| {
            !exchange.provisional && last.at.saturating_duration_since(exchange.at) >= t1 * 64
        };
        let missing: Vec<(Instant, std::net::SocketAddr, std::net::SocketAddr, String)> = self
            .exchanges
            .iter()
            .filter(|(key, _)| key.method == "INVITE")
            .flat_map(|(_, exchange)| exchange.finals.iter().map(move |last| (exchange, last)))
            .filter(|(exchange, last)| {
                last.delivered && !last.acknowledged && !given_up(exchange, last)
            })
            .map(|(_, last)| (last.at, last.from, last.to, last.first_line.clone()))
            .collect();
        for (at, from, to, line) in missing {
            let detail = "no ACK was sent for it".to_owned();
            self.push(at, from, to, &line, Rule::AckMissing, detail);
        }
    }

    /// At the end: Max-Forwards fell from one leg of a B2BUA to the other.
    pub(super) fn judge_pairs(&mut self) {
        for (a, b) in self.pairs.clone() {
            let first = |call_id: &str| {
                self.exchanges
                    .iter()
                    .filter(|(key, exchange)| key.method == "INVITE" && exchange.call_id == call_id)
                    .map(|(_, exchange)| exchange)
                    .min_by_key(|exchange| (exchange.at, exchange.cseq))
            };
            let (Some(before), Some(after)) = (first(&a), first(&b)) else { continue };
            if let (Some(was), Some(is)) = (before.max_forwards, after.max_forwards)
                && is >= was
            {
                let (at, from, to) = (after.at, after.from, after.to);
                let line = crate::fault::first_line(&after.bytes).to_owned();
                let detail = format!("{is} on call {b}, but {was} on call {a} that it came from");
                self.push(at, from, to, &line, Rule::MaxForwardsFalling, detail);
            }
        }
    }
}

/// Whether a REGISTER asks for a binding that lasts.
fn binds(wire: &wire::Wire<'_>) -> bool {
    let of_header = wire.first("expires").map(str::trim);
    let mut contacts = wire.all("contact").flat_map(wire::split_list);
    contacts.any(|contact| {
        let after = contact.rsplit_once('>').map_or(contact, |(_, after)| after);
        contact != "*" && wire::parameter(after, "expires").or(of_header) != Some("0")
    })
}

fn max_forwards(sight: &Sight<'_>) -> Option<u8> {
    sight.wire.first("max-forwards")?.parse().ok()
}

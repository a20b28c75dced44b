//! Rules on responses.

use super::{
    Sight, Witness,
    exchange::{Exchange, Final, Key},
    rule::Rule,
    wire,
};

impl Witness {
    pub(super) fn judge_response(&mut self, sight: &Sight<'_>, status: u16) {
        let Some((_, method)) = sight.wire.cseq() else { return };
        let method = method.to_owned();
        let key = Key::of(sight, &method);
        let Some((key, mut exchange)) = key.and_then(|key| self.exchanges.remove_entry(&key))
        else {
            let detail = "no request was sent that this could answer".to_owned();
            self.report(sight, Rule::UnsolicitedResponse, detail);
            return;
        };
        // The exchange is out of the table for the time of judging, so that rules can report.
        self.judge_mirror(sight, &exchange);
        self.judge_tag(sight, status, &mut exchange);
        self.judge_status(sight, status, &mut exchange);
        self.judge_fields(sight, status);
        if method == "INVITE" && (200..300).contains(&status) {
            self.judge_contact(sight);
        }
        let to_tag = sight.wire.tag("to").unwrap_or_default();
        if status > 100
            && status < 300
            && matches!(method.as_str(), "INVITE" | "SUBSCRIBE" | "REFER" | "NOTIFY")
            && !to_tag.is_empty()
        {
            self.dialogs.learn(&exchange.call_id, &exchange.from_tag, to_tag);
        }
        if matches!(method.as_str(), "INVITE" | "UPDATE") {
            self.judge_answer(sight, status, &method, &mut exchange);
            let call_id = exchange.call_id.clone();
            self.judge_description(sight, &call_id, to_tag);
        }
        match method.as_str() {
            "REFER" if (200..300).contains(&status) => {
                self.judge_referred(sight, &exchange.call_id, exchange.cseq);
            }
            "REGISTER" if (200..300).contains(&status) => self.judge_registered(sight, &exchange),
            _ => {}
        }
        if status >= 200 {
            let sender = (exchange.call_id.clone(), exchange.from_tag.clone());
            if let Some(sender) = self.senders.get_mut(&sender) {
                sender.offers.retain(|open| *open != key);
            }
        }
        if status < 200 && sight.delivered {
            exchange.provisional = true;
        }
        self.exchanges.insert(key, exchange);
    }

    fn judge_mirror(&mut self, sight: &Sight<'_>, exchange: &Exchange) {
        let wire = sight.wire;
        let vias: Vec<String> = wire.vias().into_iter().map(wire::via_as_sent).collect();
        let mut wrong = Vec::new();
        if vias != exchange.vias {
            wrong.push(format!("Via is {}, was {}", vias.join(", "), exchange.vias.join(", ")));
        }
        let from = wire::squeezed(wire.first("from").unwrap_or_default());
        if from != wire::squeezed(&exchange.from_header) {
            wrong.push(format!("From is {from}, was {}", exchange.from_header));
        }
        let to = wire::squeezed(wire.first("to").unwrap_or_default());
        let same_to = to.strip_prefix(&wire::squeezed(&exchange.to_header)).is_some_and(|added| {
            let tag = added.trim_start().strip_prefix(';').map(str::trim_start);
            added.is_empty()
                || (exchange.to_tag.is_none() && tag.is_some_and(|tag| tag.starts_with("tag")))
        });
        if !same_to {
            wrong.push(format!("To is {to}, was {}", exchange.to_header));
        }
        let call_id = wire.first("call-id").unwrap_or_default();
        if call_id != exchange.call_id {
            wrong.push(format!("Call-ID is {call_id}, was {}", exchange.call_id));
        }
        if let Some((cseq, _)) = wire.cseq()
            && cseq != exchange.cseq
        {
            wrong.push(format!("CSeq is {cseq}, was {}", exchange.cseq));
        }
        for detail in wrong {
            self.report(sight, Rule::ResponseMirrors, detail);
        }
    }

    fn judge_tag(&mut self, sight: &Sight<'_>, status: u16, exchange: &mut Exchange) {
        if status == 100 {
            return;
        }
        let Some(tag) = sight.wire.tag("to") else {
            self.report(sight, Rule::ToTagConstant, "no tag in To".into());
            return;
        };
        let first = exchange.response_tag.get_or_insert_with(|| tag.to_owned());
        if first != tag && !self.forking {
            let detail = format!("To tag {tag}, an earlier response had {first}");
            self.report(sight, Rule::ToTagConstant, detail);
        }
    }

    fn judge_status(&mut self, sight: &Sight<'_>, status: u16, exchange: &mut Exchange) {
        let to_tag = sight.wire.tag("to").unwrap_or_default();
        let forking = self.forking;
        let known = exchange.finals.iter_mut().find(|last| !forking || last.to_tag == to_tag);
        match known {
            Some(last) if status < 200 => {
                let detail = format!("after the final response {}", last.status);
                self.report(sight, Rule::ProvisionalAfterFinal, detail);
            }
            Some(last) => {
                last.delivered |= sight.delivered;
                let (was, same) = (last.status, last.status == status);
                if !same {
                    let detail = format!("{status} after the final response {was}");
                    self.report(sight, Rule::OneFinal, detail);
                }
            }
            None if status < 200 => {}
            None => exchange.finals.push(Final {
                at: sight.at,
                from: sight.from,
                to: sight.to,
                first_line: sight.wire.first_line.to_owned(),
                status,
                to_tag: to_tag.to_owned(),
                delivered: sight.delivered,
                acknowledged: false,
            }),
        }
    }
}

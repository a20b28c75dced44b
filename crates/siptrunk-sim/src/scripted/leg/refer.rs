//! Transfers by REFER, asked for and asked of us (RFC 3515).

use std::time::Instant;

use siptrunk_message::{HeaderName, Limits, Method, Request, SipFrag, StatusCode};

use super::{Leg, News, State, with_headers};
use crate::scripted::{Header, Line, Reply, first_uri};

/// The implicit subscriptions of a leg.
#[derive(Debug, Default)]
pub(super) struct Subscription {
    /// REFERs are taken.
    open: bool,
    /// One was taken, and the last NOTIFY has not gone out.
    asked: bool,
    /// A REFER of ours was sent.
    asking: bool,
}

impl Leg {
    /// REFERs of the other end are taken from now on; before they get 405.
    pub(crate) fn take_refers(&mut self) {
        self.subscription.open = true;
    }

    /// Asks the other end to call this URI.
    pub(crate) fn refer(&mut self, now: Instant, to: &str, headers: &[Header], line: &mut Line) {
        if self.state != State::Talking {
            return;
        }
        let contact = line.contact("sim");
        let key = self.request(now, &Method::REFER, line, |builder| {
            let builder = builder
                .append(&HeaderName::CONTACT, contact)
                .append(&HeaderName::REFER_TO, format!("<{to}>"));
            with_headers(builder, headers)
        });
        self.subscription.asking = true;
        self.asked.extend(key);
    }

    /// Tells the other end how the transfer that it asked for goes. From 200 on it is over.
    pub(crate) fn notify(&mut self, now: Instant, code: u16, line: &mut Line) {
        if !self.subscription.asked {
            return;
        }
        let over = code >= 200;
        self.subscription.asked = !over;
        let state = if over { "terminated;reason=noresource" } else { "active;expires=60" };
        let Some(status) = StatusCode::new(code) else { return };
        let Ok(fragment) = SipFrag::of_status(status, status.reason()) else { return };
        let contact = line.contact("sim");
        let key = self.request(now, &Method::NOTIFY, line, |builder| {
            builder
                .append(&HeaderName::CONTACT, contact)
                .append(&HeaderName::EVENT, "refer")
                .append(&HeaderName::SUBSCRIPTION_STATE, state)
                .body(&fragment)
        });
        self.asked.extend(key);
    }

    pub(super) fn take_refer(&mut self, request: &Request, _: &mut Line) -> Reply {
        let targets: Vec<&[u8]> = request.headers().raw_all(&HeaderName::REFER_TO).collect();
        if !self.subscription.open {
            return Reply::new(405);
        }
        // RFC 3515 2.4.2: one, and no more than one.
        let target = match targets.as_slice() {
            [one] => first_uri(one),
            _ => None,
        };
        let Some(target) = target else { return Reply::new(400) };
        self.subscription.asked = true;
        self.news.push_back(News::Refer(target));
        Reply::new(202)
    }

    pub(super) fn take_notify(&mut self, request: &Request) -> Reply {
        if !self.subscription.asking {
            return Reply::new(481);
        }
        let fragment = SipFrag::parse(request.body(), &Limits::default());
        if let Some(status) = fragment.ok().and_then(|fragment| fragment.status()) {
            self.news.push_back(News::Notified(status.code()));
        }
        Reply::new(200)
    }
}

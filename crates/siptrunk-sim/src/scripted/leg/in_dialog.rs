//! What the other end asks within a call.

use std::time::Instant;

use siptrunk_message::{Body, DtmfRelay, HeaderName, Method, Request};

use super::{Leg, Side, State};
use crate::scripted::{Line, Outcome, Reply, headers_of};

impl Leg {
    /// Sends a digit by INFO.
    pub(crate) fn press(&mut self, now: Instant, digit: char, line: &mut Line) {
        let Ok(relay) = DtmfRelay::new(digit, Some(160)) else { return };
        if self.state == State::Talking {
            let body = relay.to_body();
            let key = self.request(now, &Method::INFO, line, |builder| builder.body(&body));
            self.asked.extend(key);
        }
    }

    /// A request within this leg's dialog, but ACK: what to answer.
    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        request: &Request,
        line: &mut Line,
    ) -> Reply {
        let method = request.method().as_str();
        self.record.note(method);
        match method {
            "BYE" => {
                self.take_bye(request, line);
                Reply::new(200)
            }
            "INVITE" | "UPDATE" => self.take_reoffer(now, request, line),
            "INFO" => {
                if let Ok(digit) = DtmfRelay::parse(request.body()) {
                    self.record.info_digits.push(digit.signal());
                }
                Reply::new(200)
            }
            "OPTIONS" => Reply::new(200),
            "REFER" => self.take_refer(request, line),
            "NOTIFY" => self.take_notify(request),
            _ => Reply::new(405),
        }
    }

    fn take_bye(&mut self, request: &Request, line: &mut Line) {
        if let Side::Called(called) = &self.side {
            line.repeats.stop(&called.key());
        }
        if !self.is_over() {
            self.record.bye_headers = headers_of(request.headers());
            self.end(Outcome::HungUpByPeer, line);
        }
    }

    /// A new offer, or a question for one. Only what changes nothing is agreed to, unless the script
    /// says otherwise.
    fn take_reoffer(&mut self, now: Instant, request: &Request, line: &mut Line) -> Reply {
        let invite = request.method().as_str() == "INVITE";
        if request.body().is_empty() && !invite {
            return Reply::new(200);
        }
        let refused = !self.sound.takes_reoffers && !request.body().is_empty();
        if refused || self.state != State::Talking {
            return Reply::new(488);
        }
        self.sound.version += 1;
        let description = if request.body().is_empty() {
            Ok(self.sound.offer().to_bytes())
        } else {
            self.sound.answer(request.body(), &mut line.rng).map(|(bytes, media)| {
                match &mut self.media {
                    Some(known) => known.follow(&media),
                    None => self.media = Some(media),
                }
                bytes
            })
        };
        let Ok(bytes) = description else { return Reply::new(488) };
        if let Some(media) = &mut self.media {
            media.handle_timeout(now, &mut line.outbox);
        }
        let contact = line.contact("sim");
        Reply::new(200).header(HeaderName::CONTACT, contact).body(Body::sdp(bytes))
    }
}

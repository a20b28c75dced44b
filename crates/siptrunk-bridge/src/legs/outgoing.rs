//! The form that a call takes towards a trunk: URIs, identities, the INVITE.

use siptrunk_message::{Body, HeaderList, HeaderName, HeaderValue, Host, HostPort, NameAddr, Uri};
use siptrunk_profiles::Trunk;
use siptrunk_transaction::{Target, To};
use siptrunk_ua::{Destination, Invite, UserAgent};

use super::event::{Parties, TrunkId};
use super::identify::lookup;
use super::registrar::Way;
use crate::diagnosis::CallFailure;

/// A leg to dial.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outgoing {
    /// The trunk to dial on.
    pub trunk: TrunkId,
    /// Who calls whom; the trunk's number form is applied to both.
    pub parties: Parties,
    /// Headers that the other leg or the application adds.
    pub headers: HeaderList,
    /// Whether the trunk must not learn who calls: From is anonymous then (RFC 3323 4.1.1.3).
    pub anonymous: bool,
    /// A number that we assert as the caller's ourselves: P-Asserted-Identity at our address.
    pub asserted: Option<String>,
    /// Identity fields as they are to be written (Diversion, P-Asserted-Identity ...).
    pub identity: Vec<(HeaderName, HeaderValue)>,
    /// The offer; `None` to dial without one.
    pub body: Option<Body>,
    /// Max-Forwards of the INVITE.
    pub max_forwards: u8,
}

impl Outgoing {
    /// A leg on this trunk between these parties, without offer.
    pub fn new(trunk: TrunkId, parties: Parties) -> Self {
        Self {
            trunk,
            parties,
            headers: HeaderList::new(),
            anonymous: false,
            asserted: None,
            identity: Vec::new(),
            body: None,
            max_forwards: 70,
        }
    }

    /// The INVITE for it. `targets`: what is known of the trunk's hosts already; `way`: that over the
    /// flow of a registration, its or ours.
    pub(super) fn into_invite(
        self,
        trunk: &Trunk,
        targets: &[Target],
        way: Option<Way>,
        agent: &UserAgent,
    ) -> Result<Invite, CallFailure> {
        let contact = way.as_ref().and_then(|way| way.contact.as_ref()?.as_sip());
        let contact = contact.map(siptrunk_message::SipUri::host_port);
        let Some(host) = contact.as_ref().or_else(|| trunk.hosts.first()) else {
            return Err(CallFailure::Unresolved { trunk: trunk.name.clone() });
        };
        let ours = our_address(trunk, targets, agent);
        // What has no form on this trunk goes as it is: the far side knows what it means, or refuses it.
        let dialed = trunk.number_policy.write(&self.parties.dialed);
        let dialed = dialed.as_deref().unwrap_or(&self.parties.dialed);
        let caller = trunk.number_policy.write(&self.parties.caller);
        let caller = caller.as_deref().unwrap_or(&self.parties.caller);
        let user = (!caller.is_empty() && !self.anonymous).then_some(caller);
        let mut from = NameAddr::new(Uri::sip(user, &ours.host, None));
        if self.anonymous {
            let nowhere = Host::Name("anonymous.invalid".into());
            from = NameAddr::new(Uri::sip(Some("anonymous"), &nowhere, None));
            from = from.with_display_name("Anonymous");
        } else if let Some(name) = &self.parties.caller_name {
            from = from.with_display_name(name);
        }
        let mut identity = self.identity;
        if let Some(number) = &self.asserted {
            let number = NameAddr::new(Uri::sip(Some(number), &ours.host, None)).to_string();
            // A URI that was just written can be a value.
            let value = HeaderValue::new(number).ok();
            identity.extend(value.map(|value| (HeaderName::P_ASSERTED_IDENTITY, value)));
        }
        let request_uri = Uri::sip(Some(dialed), &host.host, host.port);
        let to = NameAddr::new(Uri::sip(Some(dialed), &host.host, None));
        let destination = match way {
            Some(way) => way.destination,
            None if targets.is_empty() => Destination::Lookup(lookup(trunk)),
            None => Destination::Targets(targets.to_vec()),
        };
        let mut invite = Invite::new(destination, request_uri, to, from);
        invite.contact_user = user.map(str::to_owned);
        invite.headers = self.headers;
        invite.identity = identity;
        invite.body = self.body;
        invite.account = trunk.outbound.as_ref().map(|outbound| outbound.account.clone());
        invite.max_forwards = self.max_forwards;
        invite.first_response = Some(trunk.first_response);
        invite.takes_tcp = trunk.takes_tcp;
        Ok(invite)
    }
}

/// The address that we show to a trunk: what its listener advertises.
pub(super) fn our_address(trunk: &Trunk, targets: &[Target], agent: &UserAgent) -> HostPort {
    let transactions = agent.transactions();
    let of_target =
        targets.first().and_then(|target| transactions.advertised(&To::Target(target.clone())));
    let of_listener = || {
        let listeners = &transactions.config().listeners;
        listeners
            .iter()
            .find(|listener| listener.transport == trunk.transport)
            .or_else(|| listeners.first())
            .map(|listener| listener.advertised.clone())
    };
    of_target.or_else(of_listener).unwrap_or_else(|| {
        // No listener at all: the lints refuse that at start; an address that nobody has is harmless.
        HostPort::from(std::net::SocketAddr::from(([192, 0, 2, 0], 0)))
    })
}

//! rsipstack: its endpoint, and a task for each transaction, as its own programs have it.

use rsipstack::EndpointBuilder;
use rsipstack::sip::{Method, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{TransportLayer, udp::UdpConnection};
use tokio_util::sync::CancellationToken;

use super::{ANY, process::announce, runtime};

/// Serves with its transaction layer.
pub(super) fn transactions() {
    runtime().block_on(async {
        let token = CancellationToken::new();
        let transports = TransportLayer::new(token.clone());
        let udp = UdpConnection::create_connection(ANY, None, Some(token.child_token()));
        let udp = udp.await.expect("a socket");
        let address = udp.get_addr().get_socketaddr().expect("an address");
        transports.add_transport(udp.into());
        let endpoint = EndpointBuilder::new()
            .with_cancel_token(token)
            .with_transport_layer(transports)
            .build();
        let mut incoming = endpoint.incoming_transactions().expect("they are asked for once");
        tokio::spawn(async move { endpoint.serve().await });
        announce(address);
        while let Some(transaction) = incoming.recv().await {
            tokio::spawn(answer(transaction));
        }
    });
}

async fn answer(mut transaction: Transaction) {
    let statuses: &[StatusCode] = match transaction.original.method {
        Method::Invite => &[StatusCode::Trying, StatusCode::Ringing, StatusCode::OK],
        Method::Options => &[StatusCode::OK],
        _ => return,
    };
    for status in statuses {
        transaction.reply(status.clone()).await.expect("a response");
    }
    // Until the ACK ends it.
    while transaction.receive().await.is_some() {}
}

//! What the kernel dropped before we could read it: the socket's receive buffer was full.
//!
//! Linux tells it in its table of sockets; elsewhere nobody does.

use std::sync::atomic::{AtomicU64, Ordering};

use super::socket::Socket;

/// The sockets whose drops are counted.
#[derive(Debug, Default)]
pub(crate) struct KernelDrops {
    inodes: Vec<u64>,
    /// A closed socket leaves the table, and what it dropped still happened.
    most: AtomicU64,
}

impl KernelDrops {
    pub(crate) fn of(inodes: impl IntoIterator<Item = u64>) -> Self {
        Self { inodes: inodes.into_iter().collect(), most: AtomicU64::new(0) }
    }

    /// All so far. Reads the table, whose length is the number of UDP sockets on this machine.
    pub(crate) fn read(&self) -> u64 {
        if self.inodes.is_empty() {
            return 0;
        }
        let now = ["/proc/self/net/udp", "/proc/self/net/udp6"]
            .iter()
            .filter_map(|table| std::fs::read_to_string(table).ok())
            .map(|table| dropped(&table, &self.inodes))
            .sum();
        self.most.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

/// The drops of these sockets in the text of the table: the last column, while the tenth names the
/// socket.
fn dropped(table: &str, inodes: &[u64]) -> u64 {
    let rows = table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let inode: u64 = columns.nth(9)?.parse().ok()?;
        let drops: u64 = columns.next_back()?.parse().ok()?;
        inodes.contains(&inode).then_some(drops)
    });
    rows.sum()
}

#[cfg(target_os = "linux")]
pub(super) fn inode(socket: &Socket) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    let path = format!("/proc/self/fd/{}", socket.descriptor());
    std::fs::metadata(path).ok().map(|socket| socket.ino())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn inode(_: &Socket) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_sockets_and_their_drops() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   \
                     uid  timeout inode ref pointer drops             \n\
                     \x20 470: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000 \
                     \x20   0        0 71532 2 00000000a5f7b2c1 17        \n\
                     29318: 0101007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000 \
                     \x20   0        0 71533 2 00000000a5f7b2c2 5         \n\
                     29319: 0101007F:13C5 00000000:0000 07 00000000:00000000 00:00000000 00000000 \
                     \x20   0        0 71534 2 00000000a5f7b2c3 400       \n";
        assert_eq!(dropped(table, &[71_532, 71_533]), 22);
        assert_eq!(dropped(table, &[9]), 0);
        assert_eq!(dropped("", &[71_532]), 0);
    }
}

//! How a piece of work is handed to whoever times or counts it.

/// What is done with each peer's piece of work: criterion times it, the counting allocator counts it.
pub trait Visitor {
    /// Work that can be repeated as it is.
    fn visit<T>(&mut self, work: &str, peer: &str, run: impl FnMut() -> T);

    /// Work that uses up its input, as a packet that may be taken once: `prepare` is not measured.
    fn visit_each<I, T>(
        &mut self,
        work: &str,
        peer: &str,
        prepare: impl FnMut() -> I,
        run: impl FnMut(I) -> T,
    );
}

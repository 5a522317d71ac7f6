//! A record of any length in bounded memory: when it is full, neighbours are merged and it goes on at half the
//! resolution.

/// Something whose neighbours in time can become one.
pub trait Merge {
    /// Takes in what came right after.
    fn merge(&mut self, next: Self);
}

/// Equal stretches of time, at least half as many as the limit once it was reached.
#[derive(Clone, Debug)]
pub struct Columns<T> {
    list: Vec<T>,
    limit: usize,
    slices: u64,
    in_last: u64,
}

impl<T: Merge> Columns<T> {
    /// An empty record of at most `limit` columns (at least two).
    pub fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit: limit.max(2), slices: 1, in_last: 0 }
    }

    /// Adds the next slice of time; all slices are equally long.
    pub fn push(&mut self, slice: T) {
        if self.in_last == 0 || self.in_last == self.slices {
            if self.list.len() == self.limit {
                self.halve();
            }
            if self.in_last == 0 || self.in_last == self.slices {
                self.list.push(slice);
                self.in_last = 1;
                return;
            }
        }
        if let Some(last) = self.list.last_mut() {
            last.merge(slice);
            self.in_last += 1;
        }
    }

    /// Merges pairs. A last one without a partner stays half full.
    fn halve(&mut self) {
        let odd = self.list.len() % 2 == 1;
        let mut old = std::mem::take(&mut self.list).into_iter();
        while let Some(mut first) = old.next() {
            if let Some(second) = old.next() {
                first.merge(second);
            }
            self.list.push(first);
        }
        self.in_last = if odd { self.in_last } else { self.slices + self.in_last };
        self.slices *= 2;
    }

    /// The columns in order of time.
    pub fn list(&self) -> &[T] {
        &self.list
    }

    /// How many slices a column holds; the last may hold fewer.
    pub fn slices_per_column(&self) -> u64 {
        self.slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sum(u64);

    impl Merge for Sum {
        fn merge(&mut self, next: Self) {
            self.0 += next.0;
        }
    }

    #[test]
    fn nothing_is_lost_however_long_the_record() {
        for limit in [2, 3, 8, 9] {
            let mut columns = Columns::new(limit);
            for n in 1..=1000u64 {
                columns.push(Sum(n));
                assert!(columns.list().len() <= limit);
                assert_eq!(columns.list().iter().map(|s| s.0).sum::<u64>(), n * (n + 1) / 2);
            }
            // Every column but the last holds as many slices as is said.
            let per = columns.slices_per_column();
            let first: u64 = (1..=per).sum();
            assert_eq!(columns.list()[0], Sum(first), "limit {limit}");
        }
    }
}

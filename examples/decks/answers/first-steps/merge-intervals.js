function mergeIntervals(intervals) {
  const merged = [];
  const sorted = intervals.map((interval) => interval.slice()).sort((a, b) => a[0] - b[0]);
  for (const interval of sorted) {
    const last = merged[merged.length - 1];
    if (last && interval[0] <= last[1]) {
      last[1] = Math.max(last[1], interval[1]);
    } else {
      merged.push(interval);
    }
  }
  return merged;
}

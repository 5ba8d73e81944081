// Package crosscheck holds the wire codec against an independent one: kmsg, of
// franz-go. Its tests fill messages of every API and version at random, encode
// them with one, decode and encode them again with the other, and expect the same
// bytes, in both directions. It is a module of its own, so that the library does
// not depend on the other codec, and uses nothing but public API of both.
//
// Not every value of one has its like in the other. The random messages leave out:
//   - nullable strings that are empty and not null: a Go string stands for null
//     when it is empty;
//   - tagged fields that are zero where their default is not, or have their
//     default in part: ours take zero for unset and leave it out;
//   - tagged fields at flexible versions before the one that they came with, where
//     kmsg has them already;
//   - record sets that are not valid: bytes that are no batch have no records.
package crosscheck

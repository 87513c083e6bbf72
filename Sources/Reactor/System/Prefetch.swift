// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
/// Nothing: this system's C module has no call for it.
@inline(__always) func prefetch(_ place: UnsafeRawPointer?) {}
#else
import CReactor

/// Asks the processor for the memory at `place`, which is about to be touched; any address is legal, also none.
@inline(__always) func prefetch(_ place: UnsafeRawPointer?) { creactor_prefetch(place) }
#endif

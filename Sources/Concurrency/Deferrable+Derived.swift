// SPDX-License-Identifier: Apache-2.0

// Each of these derives a new deferrable, which is settled once, with what the source's outcome is at the moment when the
// derived entry's turn comes. All of them follow one pattern: make the target; add an entry to the source which hears the
// outcome, works out the target's status, and returns the target's frame. The bodies are written out, not shared, so that
// each `map` costs one closure and not two.
//
// **Why there are three `map`s and three `flatMap`s.** One for a body that throws the source's failure, one for a body that
// throws anything, and one for a body that throws nothing. For the last the first would do, if the compiler knew the
// failure when it chooses. Behind `all`, `mapError` and other generic calls it has yet to find it out, and then doesn't
// take a body that throws nothing for one that throws it: with two it would choose the second, and the failure would
// become `any Error`. The third is disfavored, since where the first fits, too, it would be as good: an ambiguity.

extension Deferrable {
  /// Derives a deferrable that succeeds with what `body` makes of the value.
  ///
  /// `body` runs in the line of callbacks, once. What it throws fails the derived one, and so does a failure of this one,
  /// without `body`. The derived one's own callbacks run before the next callback of this one. If the derived one was
  /// settled first, by its user or its timeout, `body` does not run.
  ///
  /// ```swift
  /// let length = page.map { bytes in bytes.count }
  /// ```
  ///
  /// EventMachine has no such thing: there a callback settles a second deferrable by hand.
  @inlinable @discardableResult
  public func map<NewSuccess>(
    file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Success) throws(Failure) -> NewSuccess
  ) -> DefaultDeferrable<NewSuccess, Failure> {
    let target = DefaultDeferrable<NewSuccess, Failure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        do throws(Failure) {
          return target.follow(.succeeded(try body(value)))
        } catch {
          return target.follow(.failed(error))
        }
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable that succeeds with what `body` makes of the value, where `body` throws errors of any kind.
  ///
  /// As the `map` with a typed `throws`, but the derived one fails with `any Error`.
  @_disfavoredOverload @inlinable @discardableResult
  public func map<NewSuccess>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Success) throws -> NewSuccess
  ) -> DefaultDeferrable<NewSuccess, any Error> {
    let target = DefaultDeferrable<NewSuccess, any Error>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        do {
          return target.follow(.succeeded(try body(value)))
        } catch {
          return target.follow(.failed(error))
        }
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable that succeeds with what `body` makes of the value, where `body` doesn't throw.
  ///
  /// As the `map` with a typed `throws`, for where the compiler doesn't know the failure yet: behind `all` and the like.
  @_disfavoredOverload @inlinable @discardableResult
  public func map<NewSuccess>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Success) -> NewSuccess
  ) -> DefaultDeferrable<NewSuccess, Failure> {
    let target = DefaultDeferrable<NewSuccess, Failure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value): return target.follow(.succeeded(body(value)))
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable that takes the outcome of the one that `body` makes of the value: one step after another.
  ///
  /// `body` runs in the line of callbacks, once. What it throws fails the derived one, and so does a failure of this one,
  /// without `body`. If the derived one was settled first, by its user or its timeout, `body` does not run.
  ///
  /// ```swift
  /// let page = lookUp(host).flatMap { address in download(address) }
  /// ```
  @inlinable @discardableResult
  public func flatMap<Inner: Deferrable>(
    file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Success) throws(Failure) -> Inner
  ) -> DefaultDeferrable<Inner.Success, Failure> where Inner.Failure == Failure {
    let target = DefaultDeferrable<Inner.Success, Failure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        let inner: Inner
        do throws(Failure) {
          inner = try body(value)
        } catch {
          return target.follow(.failed(error))
        }
        return target.follow(inner, file, line)
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable that takes the outcome of the one that `body` makes of the value, where `body` throws errors of
  /// any kind.
  ///
  /// As the `flatMap` with a typed `throws`, but the derived one fails with `any Error`; the inner one may fail with
  /// errors of any type.
  @_disfavoredOverload @inlinable @discardableResult
  public func flatMap<Inner: Deferrable>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Success) throws -> Inner
  ) -> DefaultDeferrable<Inner.Success, any Error> {
    let target = DefaultDeferrable<Inner.Success, any Error>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        let inner: Inner
        do {
          inner = try body(value)
        } catch {
          return target.follow(.failed(error))
        }
        return target.follow(erasing: inner, file, line)
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable that takes the outcome of the one that `body` makes of the value, where `body` doesn't throw.
  ///
  /// As the `flatMap` with a typed `throws`, for where the compiler doesn't know the failure yet: behind `all` and the
  /// like.
  @_disfavoredOverload @inlinable @discardableResult
  public func flatMap<Inner: Deferrable>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Success) -> Inner
  ) -> DefaultDeferrable<Inner.Success, Failure> where Inner.Failure == Failure {
    let target = DefaultDeferrable<Inner.Success, Failure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value): return target.follow(body(value), file, line)
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable with the same value, or with the error that `body` makes of this one's.
  ///
  /// ```swift
  /// let page = download(address).mapError { ShopError.network($0) }
  /// ```
  @inlinable @discardableResult
  public func mapError<NewFailure: Error>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Failure) -> NewFailure
  ) -> DefaultDeferrable<Success, NewFailure> {
    let target = DefaultDeferrable<Success, NewFailure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value): return target.follow(.succeeded(value))
      case .failed(let error): return target.follow(.failed(body(error)), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable with the same outcome, whose failure is of type `any Error`: to put deferrables of different
  /// failures together.
  @inlinable @discardableResult
  public func erasingFailure(
    file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable<Success, any Error> {
    mapError(file: file, line: line) { $0 }
  }

  /// Derives a deferrable with the same value, or with the one that `body` makes of the error.
  ///
  /// What `body` throws fails the derived one. A body that doesn't throw leaves nothing to fail: its failure is `Never`.
  ///
  /// ```swift
  /// let text = answer.recover { _ in "" }
  /// ```
  @inlinable @discardableResult
  public func recover<NewFailure: Error>(
    file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Failure) throws(NewFailure) -> Success
  ) -> DefaultDeferrable<Success, NewFailure> {
    let target = DefaultDeferrable<Success, NewFailure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value): return target.follow(.succeeded(value))
      case .failed(let error):
        do throws(NewFailure) {
          return target.follow(.succeeded(try body(error)))
        } catch {
          return target.follow(.failed(error))
        }
      case .unknown: return nil
      }
    }
    return target
  }

  /// Derives a deferrable with the same value, or with the outcome of the one that `body` makes of the error: a second
  /// try.
  ///
  /// ```swift
  /// let page = download(mirror).flatMapError { _ in download(origin) }
  /// ```
  @inlinable @discardableResult
  public func flatMapError<Inner: Deferrable>(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Failure) -> Inner
  ) -> DefaultDeferrable<Success, Inner.Failure> where Inner.Success == Success {
    let target = DefaultDeferrable<Success, Inner.Failure>(file: file, line: line)
    derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value): return target.follow(.succeeded(value))
      case .failed(let error): return target.follow(body(error), file, line)
      case .unknown: return nil
      }
    }
    return target
  }
}

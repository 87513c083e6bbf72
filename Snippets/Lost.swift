import Concurrency

struct Declined: Error {}

func buy() {
  let payment = DefaultDeferrable<Int, Declined>().label("payment")
  payment.callback { amount in print("paid \(amount)") }
  payment.fail(Declined())
}

LostDeferrable.onReport { report in print("lost: \(report)") }
buy()

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Names who funds a channel: an account, or a relay's earnings.
/// Protocol sections 2 and 3 say how it is derived.
type PayerId is bytes32;

using {_equals as ==, _differs as !=} for PayerId global;

function _equals(PayerId a, PayerId b) pure returns (bool) {
    return PayerId.unwrap(a) == PayerId.unwrap(b);
}

function _differs(PayerId a, PayerId b) pure returns (bool) {
    return PayerId.unwrap(a) != PayerId.unwrap(b);
}

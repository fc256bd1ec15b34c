// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Names a payment channel.
/// Protocol sections 2 and 3 say how it is derived.
type ChannelId is bytes32;

using {_equals as ==, _differs as !=} for ChannelId global;

function _equals(ChannelId a, ChannelId b) pure returns (bool) {
    return ChannelId.unwrap(a) == ChannelId.unwrap(b);
}

function _differs(ChannelId a, ChannelId b) pure returns (bool) {
    return ChannelId.unwrap(a) != ChannelId.unwrap(b);
}

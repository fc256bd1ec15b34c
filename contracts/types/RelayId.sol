// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Names a relay in the registry: one bond and one VRF key, for ever.
/// Protocol sections 2 and 3 say how it is derived.
type RelayId is bytes32;

using {_equals as ==, _differs as !=} for RelayId global;

function _equals(RelayId a, RelayId b) pure returns (bool) {
    return RelayId.unwrap(a) == RelayId.unwrap(b);
}

function _differs(RelayId a, RelayId b) pure returns (bool) {
    return RelayId.unwrap(a) != RelayId.unwrap(b);
}

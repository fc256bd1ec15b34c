// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WaybillToken} from "../../token/WaybillToken.sol";

/// @title OverchargingToken
/// @notice Takes one unit more from the sender of a transfer than the recipient gets.
contract OverchargingToken is WaybillToken {
    constructor(address holder, uint256 supply) WaybillToken(holder, supply, 0, 0, 1) {}

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(from, address(0), 1);
    }
}

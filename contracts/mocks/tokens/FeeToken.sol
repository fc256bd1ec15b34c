// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WaybillToken} from "../../token/WaybillToken.sol";

/// @title FeeToken
/// @notice Burns a tenth of everything that is transferred.
contract FeeToken is WaybillToken {
    constructor(address holder, uint256 supply) WaybillToken(holder, supply, 0, 0, 1) {}

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        uint256 fee = value / 10;
        super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}

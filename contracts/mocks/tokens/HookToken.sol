// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WaybillToken} from "../../token/WaybillToken.sol";
import {Reenterer} from "./Reenterer.sol";

/// @title HookToken
/// @notice Calls sender and recipient of a transfer, where they asked for it, as ERC-777 does.
contract HookToken is WaybillToken {
    mapping(address account => bool wanted) private _hooked;

    constructor(address holder, uint256 supply) WaybillToken(holder, supply, 0, 0, 1) {}

    function hook() external {
        _hooked[msg.sender] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_hooked[from]) Reenterer(from).onTokenMove();
        super._update(from, to, value);
        if (_hooked[to]) Reenterer(to).onTokenMove();
    }
}

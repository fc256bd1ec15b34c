// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WaybillToken} from "../../token/WaybillToken.sol";

/// @title ShrinkingToken
/// @notice Anyone can make anyone's balance smaller, as a rebase would.
contract ShrinkingToken is WaybillToken {
    constructor(address holder, uint256 supply) WaybillToken(holder, supply, 0, 0, 1) {}

    function shrink(address account, uint256 value) external {
        _burn(account, value);
    }
}

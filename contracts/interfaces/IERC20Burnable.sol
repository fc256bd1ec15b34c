// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IERC20Burnable
/// @notice What payment channels need of their token.
interface IERC20Burnable is IERC20 {
    /// @notice Destroys `value` of the caller's tokens; must accept zero.
    function burn(uint256 value) external;
}
